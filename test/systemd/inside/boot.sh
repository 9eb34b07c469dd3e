#!/bin/sh
# boot.sh NAME TREE DISK CGROUPS GROUP
#
# Boots TREE by systemd-nspawn, again after each reboot, with the changes of this machine from DISK laid over it. It runs inside of a
# pretended host of the lab, and the machine has that host's network and serial line. CGROUPS is `unified`, or `hybrid`
# where systemd's own hierarchy is one of the first version; GROUP is made there. It all ends with the lab.
set -eu
name=$1 tree=$2 disk=$3 cgroups=$4 group=$5

mkdir -p "$disk/upper/etc/tmpfiles.d" "$disk/work" "$disk/root"
mount -t overlay overlay -o "lowerdir=$tree,upperdir=$disk/upper,workdir=$disk/work" "$disk/root"

# The sysfs of a pretended host is its own and has no cgroups.
if [ "$cgroups" = unified ]; then
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  hierarchies=/sys/fs/cgroup
else
  mount -t tmpfs cgroups /sys/fs/cgroup
  mkdir /sys/fs/cgroup/systemd /sys/fs/cgroup/unified
  mount -t cgroup -o none,name=systemd systemd /sys/fs/cgroup/systemd
  mount -t cgroup2 unified /sys/fs/cgroup/unified
  hierarchies='/sys/fs/cgroup/systemd /sys/fs/cgroup/unified'
fi
# A group of its own for each machine: it makes others below it. Those of an earlier boot are empty.
for hierarchy in $hierarchies; do
  mkdir -p "$hierarchy/$group/$name"
  echo $$ > "$hierarchy/$group/$name/cgroup.procs"
done

# The lab's terminal stands for the serial port, which Debian gives to the group dialout.
line=$(readlink /dev/ttyTB0)
chgrp 20 "/dev/$line"
chmod 660 "/dev/$line"
echo "L /dev/ttyTB0 - - - - $line" > "$disk/upper/etc/tmpfiles.d/lab.conf"

echo "$name" > "$disk/upper/etc/hostname"

boot() {
  systemd-nspawn --quiet --boot --register=no --keep-unit --network-namespace-path=/proc/self/ns/net \
    --directory="$disk/root" --machine="$name" --hostname="$name" --bind=/dev/lab-pts --capability=CAP_NET_ADMIN,CAP_SYS_RESOURCE \
    --resolv-conf=off --timezone=off --link-journal=no < /dev/null
}

# systemd-nspawn(1): 133 asks for another boot.
code=133
while [ "$code" -eq 133 ]; do
  code=0
  boot || code=$?
done
exit "$code"
