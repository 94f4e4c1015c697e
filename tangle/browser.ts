// Where a Chromium is, and how to borrow it without leaving a process or an open port behind.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser } from 'puppeteer'

export type { Browser }

/** A Chromium that can be started: its path and what its environment needs beyond ours. */
export interface Chromium {
  path: string
  env: Record<string, string>
}

/** Thrown when there is no Chromium, or when it does not start. The message says what to install. */
export class NoBrowser extends Error {
  override name = 'NoBrowser'
}

export const installHint = 'install one (apt-get install chromium), or name one in $CHROME'

const usual = [
  '/usr/bin/chromium-headless-shell', // starts faster
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
]

/**
 * No host name resolves and no proxy is asked, so that a diagram with a link or an image cannot reach out.
 * The sandbox is off as it does not start for root and in most containers; only pages of our own are opened.
 */
export const launchArguments: readonly string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-sync',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-domain-reliability',
  '--no-first-run',
  '--no-pings',
  '--no-proxy-server',
  '--host-resolver-rules=MAP * ~NOTFOUND',
]

/**
 * Finds a Chromium: the one that $CHROME names, Debian's, or the one that comes with the package
 * @sparticuz/chromium, unpacked below `cache` (1.4 s, once). Null when there is none.
 * Throws NoBrowser when $CHROME names a file that is not there.
 */
export async function findChromium(cache: string): Promise<Chromium | null> {
  const wanted = process.env['CHROME']
  if (wanted && !existsSync(wanted)) throw new NoBrowser(`CHROME names ${wanted}, which is not there`)
  const path = [wanted, ...usual].find((candidate) => candidate && existsSync(candidate))
  if (path) return { path, env: {} }
  return process.platform === 'linux' && process.arch === 'x64' ? unpackedChromium(cache) : null
}

/**
 * The Chromium of @sparticuz/chromium. That package unpacks into os.tmpdir() and runs whatever already lies there under
 * its name, so it is given a new folder that only we may enter. The folder gets its name when it is complete.
 */
export async function unpackedChromium(cache: string): Promise<Chromium | null> {
  const entry = resolvePackage('@sparticuz/chromium')
  if (!entry) return null
  const folder = resolve(cache, 'chromium')
  if (!existsSync(folder)) await unpack(entry, folder)
  const lib = join(folder, 'al2023', 'lib')
  const env: Record<string, string> = {
    LD_LIBRARY_PATH: [lib, process.env['LD_LIBRARY_PATH']].filter(Boolean).join(':'),
  }
  if (!existsSync('/etc/fonts/fonts.conf')) env['FONTCONFIG_PATH'] = join(folder, 'fonts')
  return { path: join(folder, 'chromium'), env }
}

async function unpack(entry: string, folder: string): Promise<void> {
  mkdirSync(dirname(folder), { recursive: true })
  const { inflate } = await import('@sparticuz/chromium')
  const parts = ['chromium.br', 'fonts.tar.br', 'al2023.tar.br'].map((part) => join(dirname(entry), '..', 'bin', part))
  const fresh = mkdtempSync(`${folder}-`)
  try {
    await Promise.all(withTemporaryFolder(fresh, () => parts.map((part) => inflate(part))))
    renameSync(fresh, folder)
  } catch (error) {
    if (!existsSync(folder)) throw error // else another run was faster, and its copy is as good
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}

/** What `start` begins sees `folder` as os.tmpdir(). It is put back before anything else can run. */
function withTemporaryFolder<T>(folder: string, start: () => T): T {
  const before = process.env['TMPDIR']
  process.env['TMPDIR'] = folder
  try {
    return start()
  } finally {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
  }
}

/** The main file of an installed package, or undefined. `from`: as seen by that package. */
export function resolvePackage(name: string, from: string = import.meta.url): string | undefined {
  try {
    return createRequire(from.startsWith('/') ? pathToFileURL(from) : from).resolve(name)
  } catch {
    return undefined
  }
}

/** Starts the browser, hands it to `use`, and ends it in every case. Throws NoBrowser when it does not start. */
export async function withBrowser<T>(chromium: Chromium, use: (browser: Browser) => Promise<T>): Promise<T> {
  const browser = await launch(chromium)
  try {
    return await use(browser)
  } finally {
    await close(browser)
  }
}

async function launch({ path, env }: Chromium): Promise<Browser> {
  const { default: puppeteer } = await import('puppeteer')
  try {
    return await puppeteer.launch({
      executablePath: path,
      args: [...launchArguments],
      env: { ...process.env, ...env },
      headless: 'shell',
      pipe: true, // a debugging port would be open to every user of the machine
      protocolTimeout: 60_000,
      timeout: 30_000,
    })
  } catch (error) {
    throw new NoBrowser(`${path} does not start: ${reason(error as Error)}`)
  }
}

/** The line of puppeteer's long report that says why. */
function reason({ message }: Error): string {
  const lines = message.split('\n').filter((line) => line.trim() !== '')
  return lines.find((line) => /error|cannot|ENOENT|EACCES/i.test(line)) ?? lines[0] ?? 'no reason given'
}

/** Asks the browser to end, and ends it by force when it does not answer. */
async function close(browser: Browser): Promise<void> {
  const child = browser.process()
  const patience = new AbortController()
  const late = new Promise<void>((done) => {
    const timer = setTimeout(() => (child?.kill('SIGKILL'), done()), 5_000)
    patience.signal.addEventListener('abort', () => clearTimeout(timer))
  })
  await Promise.race([browser.close().catch(() => child?.kill('SIGKILL')), late])
  patience.abort()
}
