#!/bin/busybox sh
# The only process of a guest of tests/kernels: leaves tasks asleep in known places, prints the kernel's own stack of each task,
# lets the kernel report by sysrq and then crash. "####" lines tell the parts apart.
export PATH=/bin
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
echo 1 > /proc/sys/kernel/printk
while read -r module; do
    insmod "/$module.ko" 2>/dev/null
done < /modules

# "== PID SWITCHES", how often the task has been switched to or from.
switches() {
    total=0
    while read -r key count; do
        case $key in *ctxt_switches:) total=$((total + count)) ;; esac
    done < "$1/status"
    echo "== ${1#/proc/} $total"
}

# Tasks that sleep: in nanosleep, opening a pipe, reading one, and uninterruptibly, writing to a frozen file system.
sleep 100000 &
mkfifo /fifo
sh -c 'read line < /fifo' &
sleep 300000 | cat &
if losetup /dev/loop0 /disk && mount -t ext4 /dev/loop0 /mnt && fsfreeze --freeze /mnt; then
    sh -c 'echo text > /mnt/file' &
else
    echo "no file system to freeze"
fi 2>/dev/null
sleep 3

echo 0 > /proc/sys/kernel/kptr_restrict
echo 1 > /proc/sys/kernel/sysrq
echo "#### modules"
cat /proc/modules
echo "#### stacks"
for task in /proc/[0-9]*; do
    switches "$task"
    cat "$task/stack"
done
echo 8 > /proc/sys/kernel/printk
for key in l w t; do
    echo "#### sysrq $key"
    echo $key > /proc/sysrq-trigger
    sleep 1
done
# Who has run since is not where its stack said.
echo 1 > /proc/sys/kernel/printk
echo "#### switches"
for task in /proc/[0-9]*; do
    switches "$task"
done
echo 8 > /proc/sys/kernel/printk
echo "#### sysrq c"
echo c > /proc/sysrq-trigger
while true; do sleep 1; done
