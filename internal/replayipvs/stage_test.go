// SPDX-License-Identifier: Apache-2.0

package replayipvs

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"vipward/internal/fake"
	"vipward/internal/lab"
)

// stage is the host that the recordings were made on, the servers, and the daemon.
type stage struct {
	t      lab.TB
	rec    *Recording
	dir    string // in the place of /tmp/t
	host   *lab.Host
	daemon *lab.Daemon
	mark   int // lines of the daemon that belong to earlier steps
	config int // the next one to read
	fifo   *fifos
	tcp    map[string]*fake.TCP // by address
	udp    map[string]*fake.UDP
	kernel *lab.IPVSOps // nil where the commands were not recorded
	shown  shown
	heard  heard
}

func newStage(t lab.TB, rec *Recording) *stage {
	t.Helper()
	s := &stage{
		t: t, rec: rec, dir: t.TempDir(), host: lab.NewHost(t, "lb"),
		tcp: map[string]*fake.TCP{}, udp: map[string]*fake.UDP{},
	}
	for _, args := range [][]string{
		{"link", "add", "d0", "type", "dummy"}, {"link", "set", "d0", "up", "multicast", "on", "arp", "on"}, {"addr", "add", "10.77.0.1/24", "dev", "d0"},
	} {
		s.host.Run(append([]string{"ip"}, args...)...)
	}
	if len(Orders(rec.Kernel)) > 0 {
		s.kernel = s.host.WatchIPVS()
	}
	s.scripts()
	s.servers()
	if f, ok := settings[rec.Name]; ok {
		f(s)
	}
	s.fifo = openFIFOs(t, s.dir, rec.Configs[0])
	return s
}

func (s *stage) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("%v", err)
	}
}

// write writes a file of the stage as an editor would.
func (s *stage) write(name, text string, mode os.FileMode) {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	s.must(os.WriteFile(path+".new", []byte(text), mode))
	s.must(os.Chmod(path+".new", mode)) // whatever the umask is
	s.must(os.Rename(path+".new", path))
}

// scripts writes the programs that the configurations name.
func (s *stage) scripts() {
	s.t.Helper()
	s.write("n", "#!/bin/sh\necho \"$*\" >>"+s.dir+"/calls\n", 0o755)
	s.write("calls", "", 0o644)
	s.write("chk", s.check(), 0o755)
	for _, name := range []string{"code", "code1", "code2"} {
		s.write(name, "0", 0o644)
	}
	s.write("noexec", "#!/bin/sh\n", 0o644)
	s.must(os.MkdirAll(filepath.Join(s.dir, "dir"), 0o755))
	s.must(os.MkdirAll(filepath.Join(s.dir, "w"), 0o755))
	s.must(os.Chmod(filepath.Join(s.dir, "w"), 0o777))
	s.write("w/insecure", "#!/bin/sh\nexit 1\n", 0o755)
	s.write("slow", sleeper("", "exit 1"), 0o755)
	s.write("deaf", sleeper("", ":"), 0o755)
	s.write("long", "#!/bin/sh\nsleep 3\n", 0o755)
	s.write("ff", "1\n", 0o644)
	s.write("dump.py", "#!/bin/sh\n", 0o757)
	s.write("read", "", 0o644)
	s.write("rd", "#!/bin/bash\nexec 3<> \"${@: -1}\"\nwhile read -r line <&3; do [ $# = 3 ] && echo \"$line\" >>"+s.dir+"/read; done\n", 0o755)
}

// check is a script that ends as its argument, or the file code, says.
func (s *stage) check() string {
	return `#!/bin/sh
case $1 in
k) kill -9 $$ ;;
t) kill -15 $$ ;;
1|2) [ "` + s.rec.Name + `" = misc-dynamic-two ] && read -r c <` + s.dir + `/code$1 && exit "$c"; exit "$1" ;;
[0-9]*) exit "$1" ;;
esac
read -r c <` + s.dir + `/code
[ "$c" = hang ] && exec sleep 60
exit "$c"
`
}

// sleeper is a script that lasts longer than any check may, and does something at SIGTERM.
func sleeper(first, atTerm string) string {
	return "#!/bin/sh\n" + first + "trap '" + atTerm + "' TERM\nn=0\nwhile [ $n -lt 300 ]; do sleep 0.1; n=$((n+1)); done\n"
}

// servers starts what the checks ask, as it was at the start.
func (s *stage) servers() {
	s.t.Helper()
	var all []Target
	for _, text := range s.rec.Configs {
		all = append(all, Targets(text)...)
	}
	web := func(t Target) bool { return t.Kind == "HTTP_GET" } // which answers a TCP_CHECK, too
	slices.SortStableFunc(all, func(a, b Target) int { return order(web(b)) - order(web(a)) })
	for _, target := range all {
		if s.tcp[target.Addr] == nil && s.udp[target.Addr] == nil {
			s.serve(target)
		}
	}
	if slices.ContainsFunc(s.rec.Steps, func(step Step) bool { return step.Do == "service repaired" }) {
		s.service(false)
	}
}

func order(first bool) int {
	if first {
		return 1
	}
	return 0
}

func (s *stage) serve(target Target) {
	s.t.Helper()
	if !strings.HasPrefix(target.Addr, "127.") && !strings.HasPrefix(target.Addr, "[::1]") {
		return
	}
	switch target.Kind {
	case "DNS_CHECK", "UDP_CHECK":
		reply := fake.Silent
		if target.Kind == "DNS_CHECK" {
			reply = fake.DNS(0)
		}
		s.udp[target.Addr] = fake.NewUDP(s.t, s.host, target.Addr, reply)
		s.must(s.udp[target.Addr].Open())
		return
	}
	talk := s.talk(target.Kind)
	if talk == nil {
		return
	}
	s.tcp[target.Addr] = fake.NewTCP(s.t, s.host, target.Addr, talk)
	if s.upAtStart(target) {
		s.must(s.tcp[target.Addr].Open())
	}
}

// talk is how a good server of a kind talks; nil is none.
func (s *stage) talk(kind string) fake.Talk {
	switch kind {
	case "TCP_CHECK":
		return fake.Listen
	case "HTTP_GET":
		return fake.HTTP(fake.Page(200, "ok\n"))
	case "SSL_GET":
		return fake.TLS(s.cert(), fake.HTTP(fake.Page(200, "ok\n")))
	case "SMTP_CHECK":
		return fake.SMTP("220 x ESMTP\r\n", "250 x\r\n", "221 bye\r\n")
	}
	return nil
}

func (s *stage) cert() tls.Certificate {
	s.t.Helper()
	cert, err := fake.SelfSigned()
	s.must(err)
	return cert
}

// upAtStart says whether a server answered when its first check came: the first line about it
// says so, or nothing says otherwise before something is done to it.
func (s *stage) upAtStart(target Target) bool {
	name := regexp.QuoteMeta(target.Server)
	told := regexp.MustCompile(`(_CHECK on service ` + name + ` failed)|(?:connection to|Web server|SMTP server) ` + name + ` suc`)
	for _, step := range s.rec.Steps {
		for _, l := range step.Log {
			if m := told.FindStringSubmatch(l); m != nil {
				return m[1] == ""
			}
		}
	}
	return true
}

// service breaks or repairs what a live- case checks.
func (s *stage) service(good bool) {
	s.t.Helper()
	s.write("code", map[bool]string{true: "0", false: "1"}[good], 0o644)
	s.answerPings(good)
	if s.rec.Name == "live-tcp-timeout" {
		_, _ = s.host.TryRun("ip", "addr", map[bool]string{true: "add", false: "del"}[good], "10.77.0.11/24", "dev", "d0")
	}
	for _, target := range Targets(s.rec.Configs[0]) {
		s.set(target, good)
	}
}

// answerPings lets echo requests in, or drops them.
func (s *stage) answerPings(good bool) {
	if s.rec.Name != "live-ping-check" {
		return
	}
	if good {
		s.host.Run("nft", "delete", "table", "ip", "mute")
		return
	}
	s.host.Run("nft", "add table ip mute; add chain ip mute in { type filter hook input priority 0; }; add rule ip mute in icmp type echo-request drop")
}

// set breaks or repairs a server as its kind can break.
func (s *stage) set(target Target, good bool) {
	s.t.Helper()
	if server := s.udp[target.Addr]; server != nil {
		server.Set(fake.DNS(map[bool]uint16{true: 0, false: 2}[good]))
		if target.Kind == "UDP_CHECK" {
			server.Set(fake.Silent)
			server.Close()
		}
		if good || target.Kind == "DNS_CHECK" {
			s.must(server.Open())
		}
		return
	}
	server := s.tcp[target.Addr]
	if server == nil {
		return
	}
	switch {
	case good:
		server.Set(s.talk(target.Kind))
	case target.Kind == "TCP_CHECK":
		server.Close()
		return
	case target.Kind == "SMTP_CHECK":
		server.Set(fake.SMTP("554 no\r\n"))
	case target.Kind == "SSL_GET":
		server.Set(fake.TLS(s.cert(), fake.HTTP(fake.Page(500, "no\n"))))
	default:
		server.Set(fake.HTTP(fake.Page(500, "no\n")))
	}
	s.must(server.Open())
}

// text is a configuration of the recording with the stage's folder in it.
func (s *stage) text(n int) string {
	return strings.ReplaceAll(s.rec.Configs[min(n, len(s.rec.Configs)-1)], "/tmp/t", s.dir)
}

var options = map[string][]string{
	"stop-dont-release": {"-I"},
}

func (s *stage) start() {
	if s.daemon == nil {
		args := append([]string{"-C"}, options[s.rec.Name]...)
		if strings.Contains(s.rec.Configs[0], "vrrp_instance") || strings.Contains(s.rec.Configs[0], "bfd_instance") {
			args = args[1:]
		}
		s.daemon = lab.StartDaemon(s.host, lab.Vipward, s.text(0), args...)
		s.config = 1
		return
	}
	s.daemon.Write(s.text(s.config))
	s.config++
	s.daemon.SetOptions("-D", "-C")
	s.daemon.Start()
	s.mark = 0
}

func (s *stage) reload() {
	s.daemon.Reload(s.text(s.config))
	s.config++
}

// lines are the daemon's since the last step, in the form of the recordings.
func (s *stage) lines() []string {
	if s.daemon == nil {
		return nil
	}
	var out []string
	for _, l := range s.daemon.From(s.mark) {
		if l = s.clean(l); !frame.MatchString(l) {
			out = append(out, l)
		}
	}
	return out
}

// frame are lines around a start and a stop, which the recordings leave out, and those with
// which vipward tells what it asks of the kernel.
var frame = regexp.MustCompile(`^(Starting vipward|Running on |Command line:|Configuration file |CPU usage|IPVS: \d+ operation)`)

var (
	stampText   = regexp.MustCompile(`^\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}: `)
	versionText = regexp.MustCompile(`(?m)(Stopped Keepalived) .*$`)
	pidText     = regexp.MustCompile(`\b(pid[ =]|process\()\d+`)
	usedText    = regexp.MustCompile(`used (?:\(self/children\) )?[\d./]+ user time, [\d./]+ system time`)
)

func (s *stage) clean(line string) string {
	line = stampText.ReplaceAllString(line, "")
	line = strings.ReplaceAll(line, s.daemon.Config, "/tmp/t/ka.conf")
	line = strings.ReplaceAll(line, s.dir, "/tmp/t")
	line = strings.Replace(line, "Stopped vipward", "Stopped Keepalived", 1)
	line = versionText.ReplaceAllString(line, "$1")
	line = usedText.ReplaceAllString(line, "used N user time, N system time")
	return pidText.ReplaceAllString(line, "${1}PID")
}

// all is what the servers have seen so far.
func (s *stage) all() []string {
	var out []string
	take := func(lines []string) {
		for _, l := range lines {
			if l = Seen(l); l != "" {
				out = append(out, l)
			}
		}
	}
	for _, server := range s.tcp {
		take(server.Wire())
	}
	for _, server := range s.udp {
		take(server.Wire())
	}
	return out
}
