// SPDX-License-Identifier: Apache-2.0

package replay

import (
	"os"
	"path/filepath"
)

// programs writes the scripts that the configurations name.
func (s *stage) programs() {
	s.t.Helper()
	s.write("n.sh", 0o755, logger("calls"))
	if s.rec.Name == "notify-environment" {
		s.write("n.sh", 0o755, curious)
		s.must(os.Chmod(s.dir, 0o755)) // some of its users are not root
	}
	s.write("calls", 0o666, "")
	s.write("verdict", 0o644, "0")
	s.must(os.Mkdir(filepath.Join(s.dir, "d"), 0o755))
	s.write("d/real.sh", 0o755, logger("../calls"))
	s.must(os.Symlink("d/real.sh", filepath.Join(s.dir, "link.sh")))
	s.must(os.Symlink("d", filepath.Join(s.dir, "ld")))
	s.write("ww.sh", 0o777, logger("calls"))
	s.write("noexec.sh", 0o644, logger("calls"))
	s.write("r.sh", 0o755, `#!/bin/bash
calls=$(dirname "$0")/calls
trap 'echo "reader got SIGTERM" >> "$calls"; exit 0' TERM
echo "reader started argv: $0 $*" >> "$calls"
exec 3<> "${@: -1}"
while read -r line <&3; do echo "read: $line" >> "$calls"; done
`)
	s.write("tf", 0o644, "0\n")
	s.write("chk.sh", 0o755, `#!/bin/bash
v=$(cat "$(dirname "$0")/verdict")
case $v in
sleep) sleep 30 ;;
hang) trap '' TERM; while :; do sleep 0.2; done ;;
sig) kill -9 $$ ;;
*) exit "$v" ;;
esac
`)
}

// logger is a script that writes its arguments into a file beside it.
func logger(file string) string {
	return `#!/bin/bash
l=argv:
for a in "$0" "$@"; do l="$l [$a]"; done
exec 9>>"$(dirname "$(readlink -f "$0")")/` + file + `"
flock 9
echo "$l" >&9
`
}

// curious is a script that tells what it was given, too.
const curious = `#!/bin/bash
l=argv:
for a in "$0" "$@"; do l="$l [$a]"; done
status() { sed -n "s/^$1:[[:space:]]*//p" /proc/self/status; }
field() { sed 's/.*) //' "/proc/$1/stat" | cut -d ' ' -f "$2"; }
own=no; [ "$(field $$ 3)" = $$ ] && own=yes
sid=other; [ "$(field $$ 4)" = "$(field $PPID 4)" ] && sid=parent-sid
sched=other; [ "$(field $$ 39)" = 0 ] && sched=SCHED_OTHER
l="$l | uid=$(id -u) gid=$(id -g) groups=$(id -G | tr ' ' ,) umask=$(umask) env: FOO=bar | fds: none | "
l="${l}SigBlk: $(status SigBlk) SigIgn: $(status SigIgn) CapEff: none NoNewPrivs: $(status NoNewPrivs) | "
l="${l}pgid==pid: $own sid==$sid sched: $sched"
echo "$l" >>"$(dirname "$0")/calls"
`
