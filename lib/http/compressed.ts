import { gunzipSync } from 'node:zlib';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/** A text that a function serves as it is; the gateway compresses nothing. */
export interface CompressedFile {
  readonly type: string;
  /** In base64. */
  readonly gzip: string;
}

/** gzip, or any coding, with its weight. */
const CODING = /^\s*(gzip|\*)\s*(?:;\s*q=([\d.]+)\s*)?$/i;

/** Whether a caller takes gzip, by its Accept-Encoding (RFC 9110, 12.5.3): the star is about codings that are not named. */
function takesGzip(accepted: string): boolean {
  const weights = new Map<string, number>();
  for (const each of accepted.split(',')) {
    const [, coding = '', weight = '1'] = CODING.exec(each) ?? [];
    weights.set(coding.toLowerCase(), Number(weight));
  }
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0;
}

/** Replies with a file, compressed if the caller takes that. */
export function compressedReply(
  { headers }: APIGatewayProxyEventV2,
  { type, gzip }: CompressedFile,
  own: Readonly<Record<string, string>>,
): APIGatewayProxyStructuredResultV2 {
  const common = { 'Content-Type': type, Vary: 'Accept-Encoding', ...own };
  if (takesGzip(headers['accept-encoding'] ?? ''))
    return {
      statusCode: 200,
      headers: { ...common, 'Content-Encoding': 'gzip' },
      body: gzip,
      isBase64Encoded: true,
    };
  return { statusCode: 200, headers: common, body: gunzipSync(Buffer.from(gzip, 'base64')).toString() };
}
