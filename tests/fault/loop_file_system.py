"""A small ext4 file system on a loop device, which can lose its power or run full.

    with LoopFileSystem(folder, mebibytes=256) as disk:   # mounted at disk.root
        disk.shut_down()                                  # what was not synced is gone
        disk.unmount()
        disk.mount()

Needs root and loop devices; `missing()` says what is not there. Mounts are seen by this process and
its children only, so that none outlives them, however they end.
"""
import ctypes
import fcntl
import os
import pathlib
import shutil
import struct
import subprocess
import time

# _IOR('X', 125, __u32), linux/fs.h; the flag drops the journal's unwritten part too.
FS_IOC_SHUTDOWN = 0x8004587D
GOING_FLAGS_NOLOGFLUSH = 2
CLONE_NEWNS = 0x20000


def missing():
    """Why tests with loop devices cannot run here, or None."""
    if os.geteuid() != 0:
        return "not root: mounting needs it"
    if not os.path.exists("/dev/loop-control"):
        return "no loop devices"
    for program in ("mkfs.ext4", "mount", "umount"):
        if shutil.which(program) is None:
            return f"no {program}"
    return None


def leave_the_common_mounts(done=[]):  # noqa: B006  once for each process
    if done:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS):
        raise OSError(ctypes.get_errno(), "unshare")
    LoopFileSystem.call("mount", "--make-rprivate", "/")
    done.append(True)


class LoopFileSystem:
    def __init__(self, folder, mebibytes, name="disk"):
        leave_the_common_mounts()
        self.image, self.root = pathlib.Path(folder) / f"{name}.img", pathlib.Path(folder) / name
        self.root.mkdir(parents=True)
        with open(self.image, "wb") as image:
            image.truncate(mebibytes << 20)
        self.call("mkfs.ext4", "-q", "-F", "-m", "0", str(self.image))
        self.mounted = False

    @staticmethod
    def call(*command):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")

    def mount(self):
        self.call("mount", "-o", "loop", str(self.image), str(self.root))
        self.mounted = True

    def unmount(self):
        """Waits for the last process in it to be gone."""
        if not self.mounted:
            return
        for attempt in range(50):
            try:
                self.call("umount", str(self.root))
                self.mounted = False
                return
            except RuntimeError:
                if attempt == 49:
                    self.call("umount", "--lazy", str(self.root))
                    self.mounted = False
                    raise
                time.sleep(0.1)

    def shut_down(self):
        """From here on every write fails, and nothing that is not on the disk yet gets there."""
        directory = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(directory, FS_IOC_SHUTDOWN, struct.pack("I", GOING_FLAGS_NOLOGFLUSH))
        finally:
            os.close(directory)

    def fill(self, leave_bytes):
        """Makes a file that leaves so much free."""
        facts = os.statvfs(self.root)
        size = facts.f_bavail * facts.f_frsize - leave_bytes
        with open(self.root / "ballast", "wb") as ballast:
            os.posix_fallocate(ballast.fileno(), 0, size)

    def fill_to_the_last_byte(self):
        facts = os.statvfs(self.root)
        if facts.f_bavail * facts.f_frsize > 4 << 20:
            self.fill(2 << 20)
        with open(self.root / "ballast", "ab", buffering=0) as ballast:
            for size in (1 << 20, 4096, 1):
                block = b"\0" * size
                try:
                    while True:
                        if ballast.write(block) < size:
                            break
                except OSError:
                    pass

    def free(self):
        (self.root / "ballast").unlink()

    def __enter__(self):
        self.mount()
        return self

    def __exit__(self, *unused):
        self.unmount()
