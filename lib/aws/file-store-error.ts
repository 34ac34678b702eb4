/** The store of files does not answer, or refuses. It is apart from the store: whoever catches it needs no S3 client. */
export class FileStoreError extends Error {
  // A class's own name is lost when a bundle is minified.
  override readonly name = 'FileStoreError';
}
