# Runs a command with a small disk of its own at a folder, whose size can be changed: each line that the command writes
# to file descriptor 3 is a new one. The disk is gone with the last process that sees it, however that ended.
#
# unshare --mount disk.sh FOLDER SIZE COMMAND…
folder=$1
size=$2
shift 2
mount -t tmpfs -o "size=$size,mode=0711" carillon-chaos "$folder" || exit 1
orders=$folder.orders
mkfifo -m 600 "$orders" || exit 1
while read -r order; do mount -o "remount,size=$order" carillon-chaos "$folder" 2>/dev/null; done <"$orders" &
exec 3>"$orders"
rm "$orders"
exec "$@"
