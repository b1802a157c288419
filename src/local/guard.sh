# Runs a server and ends it as soon as standard input closes, that is: when the process at the other end of the
# pipe stops it, or is gone itself, `kill -9` included. Exits when the server does, with its status.
#
# guard.sh SIGNAL GRACE_SECONDS COMMAND…     (file descriptor 3: where to write the server's process id)
signal=$1
tenths=$(($2 * 10))
shift 2

exec 4<&0 </dev/null
"$@" 3>&- 4<&- &
server=$!
echo "$server" >&3
exec 3>&-

(
  while read -r _; do :; done <&4
  kill -s "$signal" "$server"
  while [ "$tenths" -gt 0 ] && kill -0 "$server"; do
    sleep 0.1
    tenths=$((tenths - 1))
  done
  kill -s KILL "$server"
) >/dev/null 2>&1 &
watcher=$!
exec 4<&-

wait "$server"
status=$?
kill -s KILL "$watcher" 2>/dev/null
exit "$status"
