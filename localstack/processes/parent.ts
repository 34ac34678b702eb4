/** What a part of the local stack does in its own process. */
export interface Part {
  /** Told to the parent once the part works; JSON. */
  readonly ready: unknown;
  readonly stop: () => Promise<void>;
}

/**
 * The child's side of `startChild`: starts the part, tells the parent that it is ready or why not, and stops it when
 * the parent closes the channel, which the system does for a parent that was killed.
 */
export async function serveParent(start: () => Promise<Part>): Promise<void> {
  let part: Part | undefined;
  process.once('disconnect', () => void end());
  // Waiting for the parent is no reason to live on: a `serverless` that failed only runs out of things to do.
  process.channel?.unref();
  try {
    part = await start();
    process.send?.({ ready: part.ready });
  } catch (error) {
    const failed = error instanceof Error ? error.message : String(error);
    process.send?.({ failed }, () => process.exit(1));
  }

  async function end(): Promise<void> {
    await part?.stop();
    process.exit(0);
  }
}

/** Says a line to the parent, for whoever watches it. */
export function say(line: string): void {
  process.send?.({ line });
}
