// Told in chapters/03-patterns-and-idioms/23-request-reply.md. Edit it there, or edit here and stitch.
interface Caller { call(request: string, options: { timeoutMs: number }): Promise<Buffer> }

/** Asks, and asks again while servers die over it. */
export async function ask(caller: Caller, request: string, times: number, timeoutMs: number): Promise<string> {
  const deadline = performance.now() + timeoutMs
  for (let i = 1; ; i++) {
    try {
      return String(await caller.call(request, { timeoutMs: Math.max(0, deadline - performance.now()) }))
    } catch (error) {
      if ((error as { code?: string }).code !== 'EOWNERDEAD' || i >= times) throw error
    }
  }
}
