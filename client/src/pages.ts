/** A list that comes page by page: iterate over its items, over its pages, or read one page. */
export interface Pages<Item, Page> extends AsyncIterable<Item> {
  /** The first page alone. */
  readonly page: () => Promise<Page>;
  /** Page after page, to the end of the list. */
  readonly pages: () => AsyncIterable<Page>;
}

/** How a list's pages are read. */
interface PageReader<Item, Page> {
  /** @param after the cursor of the page before; undefined for the first */
  readonly read: (after: string | bigint | undefined) => Promise<Page>;
  readonly itemsOf: (page: Page) => readonly Item[];
  /** The cursor of the next page; undefined at the end of the list. */
  readonly nextOf: (page: Page) => string | bigint | undefined;
}

export function pagesOf<Item, Page>({ read, itemsOf, nextOf }: PageReader<Item, Page>): Pages<Item, Page> {
  async function* pages(): AsyncGenerator<Page, void, undefined> {
    let after: string | bigint | undefined;
    do {
      const page = await read(after);
      yield page;
      after = nextOf(page);
    } while (after !== undefined);
  }
  async function* items(): AsyncGenerator<Item, void, undefined> {
    for await (const page of pages()) yield* itemsOf(page);
  }
  return { page: async () => await read(undefined), pages, [Symbol.asyncIterator]: items };
}
