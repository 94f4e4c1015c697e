// Told in chapters/90-appendix/05-julia-names.md. Edit it there, or edit here and stitch.
/** For each name of Julia: an export of the door, `Class.member`, `node:path.member`, or `none: ` and why. */
export const JULIA: Readonly<Record<string, string>> = {
  // folders and names
  cd: 'cd', chmod: 'chmod', chown: 'chown', cp: 'cp', cptree: 'cptree', diskstat: 'diskstat',
  hardlink: 'hardlink', mkdir: 'mkdir', mkpath: 'mkpath', mktemp: 'mktemp', mktempdir: 'mktempdir',
  mv: 'mv', pwd: 'pwd', readdir: 'readdir', readlink: 'readlink', rename: 'rename', rm: 'rm',
  samefile: 'samefile', sendfile: 'sendfile', symlink: 'symlink', tempdir: 'tempdir',
  tempname: 'tempname', touch: 'touch', unlink: 'unlink', walkdir: 'walkdir',
  // metadata by call
  ctime: 'ctime', filemode: 'filemode', filesize: 'filesize', gperm: 'gperm', lstat: 'lstat',
  mtime: 'mtime', operm: 'operm', stat: 'stat', uperm: 'uperm',
  isblockdev: 'isBlockDevice', ischardev: 'isCharDevice', isdir: 'isDir', isfifo: 'isFifo',
  isfile: 'isFile', islink: 'isLink', ismount: 'isMount', ispath: 'isPath',
  issetgid: 'isSetgid', issetuid: 'isSetuid', issocket: 'isSocket', issticky: 'isSticky',
  StatStruct: 'none: a type here, the interface Stat, which `stat` returns',
  // open files by method
  File: 'FileHandle', open: 'open', close: 'FileHandle.close', isopen: 'FileHandle.isOpen',
  fd: 'FileHandle.fd', read: 'FileHandle.read', 'read!': 'FileHandle.readInto',
  'readbytes!': 'FileHandle.readSome', write: 'FileHandle.write', flush: 'FileHandle.flush',
  seek: 'FileHandle.seek', seekstart: 'FileHandle.seekStart', seekend: 'FileHandle.seekEnd',
  skip: 'FileHandle.skip', position: 'FileHandle.position', eof: 'FileHandle.eof',
  truncate: 'FileHandle.truncate', futime: 'futime',
  bytesavailable: 'none: size minus position, and for a FIFO not to be known',
  readavailable: 'FileHandle.readSome',
  // constants by number
  JL_O_RDONLY: 'O_RDONLY', JL_O_WRONLY: 'O_WRONLY', JL_O_RDWR: 'O_RDWR', JL_O_APPEND: 'O_APPEND',
  JL_O_CREAT: 'O_CREAT', JL_O_EXCL: 'O_EXCL', JL_O_TRUNC: 'O_TRUNC',
  JL_O_NOCTTY: 'none: no open of this module takes a terminal over',
  JL_O_TEMPORARY: 'none: a hint to Windows; `mktemp` removes its file itself',
  JL_O_SHORT_LIVED: 'none: a hint to Windows about its cache',
  JL_O_SEQUENTIAL: 'none: a hint to Windows about its cache',
  JL_O_RANDOM: 'none: a hint to Windows about its cache',
  S_IRUSR: 'S_IRUSR', S_IWUSR: 'S_IWUSR', S_IXUSR: 'S_IXUSR', S_IRWXU: 'S_IRWXU',
  S_IRGRP: 'S_IRGRP', S_IWGRP: 'S_IWGRP', S_IXGRP: 'S_IXGRP', S_IRWXG: 'S_IRWXG',
  S_IROTH: 'S_IROTH', S_IWOTH: 'S_IWOTH', S_IXOTH: 'S_IXOTH', S_IRWXO: 'S_IRWXO',
  // paths as text
  abspath: 'node:path.resolve', basename: 'node:path.basename', dirname: 'node:path.dirname',
  isabspath: 'node:path.isAbsolute', joinpath: 'node:path.join', normpath: 'node:path.normalize',
  relpath: 'node:path.relative', splitdir: 'node:path.parse', splitdrive: 'node:path.parse',
  splitext: 'node:path.parse', splitpath: 'node:path.parse',
  isdirpath: 'none: whether a text ends in a slash',
  expanduser: 'none: `~` belongs to the shell; `homedir` is here',
  contractuser: 'none: `~` belongs to the shell; `homedir` is here',
  homedir: 'homedir', realpath: 'realpath',
  // watching and pidfiles
  watch_file: 'watchFile', watch_folder: 'watchFolder', unwatch_folder: 'unwatchFolder',
  poll_file: 'pollFile', poll_fd: 'pollFd', FileMonitor: 'FileMonitor',
  FolderMonitor: 'FolderMonitor', PollingFileWatcher: 'PollingFileWatcher', FDWatcher: 'FdWatcher',
  mkpidlock: 'mkpidlock', trymkpidlock: 'trymkpidlock',
}
