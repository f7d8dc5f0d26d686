#!/bin/busybox sh
# The first process of the machine: loads the modules, puts a tmpfs over our files, runs the command, ends.
# settings
export PATH=/bin
/bin/busybox --install -s /bin
mkdir -p /proc /sys /dev
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
while read -r module; do insmod "/modules/$module"; done < /order
options=trans=virtio,version=9p2000.L,msize=1048576
mount -t 9p -o "$options,cache=loose,ro" root /lower
mount -t tmpfs -o size=60% up /up
mkdir /up/upper /up/work
mount -t overlay -o lowerdir=/lower,upperdir=/up/upper,workdir=/up/work overlay /root
for directory in dev proc sys; do mount --move "/$directory" "/root/$directory"; done
mkdir -p /root/run /root/dev/shm /root/dev/pts
mount -t tmpfs run /root/run
mount -t tmpfs shm /root/dev/shm
mount -t devpts pts /root/dev/pts
mount -t cgroup2 cgroup /root/sys/fs/cgroup
mkdir -p /root/run/out /root/run/tmp /root/lib/modules
mount -t 9p -o "$options" out /root/run/out
ln -sfn "$T_MODULES" "/root/lib/modules/$(uname -r)"
exec switch_root /root /bin/bash -c '
	export HOME=$T_HOME PATH=$T_PATH:/usr/sbin:/sbin
	cd "$T_HERE" || exit
	ip link set lo up
	echo "Linux $(uname -r)"
	setsid -w bash /run/out/command
	echo $? > /run/out/rc
	sync
	echo o > /proc/sysrq-trigger
	while :; do :; done'
