"""The file system of a pretended host: the machine's own, with private places laid over it."""

import os
import shutil

from system import MS_BIND, MS_REC, mount

DEVICES = ("null", "zero", "full", "random", "urandom", "tty")


def mount_lab_ground(state_dir):
    """What the lab itself stands on: a state directory in memory, which vanishes with the lab."""
    mount("lab", "/run", "tmpfs", 0, "mode=755")
    mount("proc", "/proc", "proc")
    mount("sysfs", "/sys", "sysfs")
    os.makedirs(state_dir + "/pts")
    mount("lab-pts", state_dir + "/pts", "devpts", 0, "newinstance,ptmxmode=0666,mode=0600")


def mount_host_ground(plan):
    """Lays the private places of one host over the machine's file system.

    The upper layers live in the lab's state directory, so they survive the host's power cut; /run does not.
    """
    state = plan["stateDir"]
    for place in plan["privateDirs"]:
        _lay_over(place, state, plan["isRootless"])
    _own_devices(state, plan["ptsDir"])
    mount("proc", "/proc", "proc")
    mount("sysfs", "/sys", "sysfs")
    boot_id = state + "/boot_id"
    _write(boot_id, plan["bootId"] + "\n")
    mount(boot_id, "/proc/sys/kernel/random/boot_id", None, MS_BIND)
    # Last: it hides the state directory.
    mount("run", "/run", "tmpfs", 0, "mode=755")
    os.makedirs("/run/lock", exist_ok=True)


def _lay_over(place, state, is_rootless):
    """A copy-on-write view of `place`. In a user namespace the machine's own directories belong to nobody and refuse
    new entries, so those of the first level (/var/lib, /var/log …) are made beforehand in the upper layer."""
    upper = state + "/upper" + place
    work = state + "/work" + place
    os.makedirs(upper, exist_ok=True)
    os.makedirs(work, exist_ok=True)
    if is_rootless:
        _make_first_level(place, upper)
    try:
        mount("overlay", place, "overlay", 0, "lowerdir=%s,upperdir=%s,workdir=%s" % (place, upper, work))
    except OSError:
        # No overlayfs, or a mount below `place` that a user namespace may not look behind (a container's /etc/hosts).
        # Then a place of its own: /etc as a copy, the others empty.
        _make_first_level(place, upper)
        if place == "/etc":
            _copy_missing(place, upper)
        mount(upper, place, None, MS_BIND)


def _make_first_level(place, upper):
    for entry in os.scandir(place):
        target = upper + "/" + entry.name
        if os.path.lexists(target):
            continue
        if entry.is_symlink():
            os.symlink(os.readlink(entry.path), target)
        elif entry.is_dir():
            os.makedirs(target)


def _copy_missing(source, target):
    """Copies what is readable and not there yet; /etc holds secrets that a user may not read, and need not."""
    for entry in os.scandir(source):
        copy = target + "/" + entry.name
        try:
            if entry.is_symlink():
                if not os.path.lexists(copy):
                    os.symlink(os.readlink(entry.path), copy)
            elif entry.is_dir():
                os.makedirs(copy, exist_ok=True)
                _copy_missing(entry.path, copy)
            elif entry.is_file() and not os.path.lexists(copy):
                shutil.copy(entry.path, copy)
        except PermissionError:
            pass


def _own_devices(state, pts_dir):
    """A /dev of its own, with terminals of its own, in which serial lines can be plugged and unplugged."""
    dev = state + "/dev"
    os.makedirs(dev, exist_ok=True)
    # Not sticky like /tmp: the kernel refuses to open foreign devices with O_CREAT (`> /dev/null`) in such a directory.
    mount("dev", dev, "tmpfs", 0, "mode=755")
    for name in DEVICES:
        _write(dev + "/" + name, "")
        mount("/dev/" + name, dev + "/" + name, None, MS_BIND)
    for name in ("pts", "shm", "lab-pts"):
        os.makedirs(dev + "/" + name)
    mount("pts", dev + "/pts", "devpts", 0, "newinstance,ptmxmode=0666,mode=0620")
    mount("shm", dev + "/shm", "tmpfs", 0, "mode=1777")
    mount(pts_dir, dev + "/lab-pts", None, MS_BIND)
    for target, name in (("pts/ptmx", "ptmx"), ("/proc/self/fd", "fd"), ("fd/0", "stdin"), ("fd/1", "stdout"), ("fd/2", "stderr")):
        os.symlink(target, dev + "/" + name)
    mount(dev, "/dev", None, MS_BIND | MS_REC)


def _write(path, text):
    with open(path, "w") as file:
        file.write(text)
