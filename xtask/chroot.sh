# Runs a command in a chroot: chroot.sh CHROOT REPOSITORY TARGET OUT COMMAND...
# To be started by `unshare --mount --pid --fork`: its mounts and all it leaves running end with it. This shell stays the
# first process of its own, for it collects what the command's children leave behind.
set -eu
root=$1 repository=$2 target=$3 out=$4
shift 4

mount --bind "$root" "$root"
mount --bind "$repository" "$root/repo"
mount -o remount,bind,ro "$root/repo"
mount --bind "$target" "$root/target"
mount -o remount,bind,ro "$root/target"
mount --bind "$out" "$root/out"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
for folder in dev/shm run tmp; do
    mount -t tmpfs -o mode=1777 tmpfs "$root/$folder"
done
# Every run finds the same Debian: only /out, /run and /tmp can be written to.
mount -o remount,bind,ro "$root"

mkdir -m 700 "$root/tmp/home" "$root/run/home"
status=0
env -i HOME=/tmp/home XDG_RUNTIME_DIR=/run/home PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 TERM="${TERM:-dumb}" \
    chroot "$root" "$@" 2>&1 || status=$?
exit "$status"
