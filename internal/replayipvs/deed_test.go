// SPDX-License-Identifier: Apache-2.0

package replayipvs

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"vipward/internal/fake"
	"vipward/internal/lab"
)

// deed is a kind of step: what its text looks like, and how it is done.
type deed struct {
	text *regexp.Regexp
	do   func(s *stage, m []string)
}

var kinds = []deed{
	{regexp.MustCompile(`^before$`), func(s *stage, _ []string) { s.foreign() }},
	{regexp.MustCompile(`^start$`), func(s *stage, _ []string) { s.start() }},
	{regexp.MustCompile(`^stop \(signal 15 to the parent\)$`), func(s *stage, _ []string) { s.stop() }},
	{regexp.MustCompile(`^RS(\d) (stops|returns)$`), func(s *stage, m []string) { s.port("127.0.0.1"+m[1]+":80", m[2] == "returns") }},
	{regexp.MustCompile(`^S(8\d) (stops|returns)$`), func(s *stage, m []string) { s.port("127.0.0.11:"+m[1], m[2] == "returns") }},
	{regexp.MustCompile(`^port 81 opens$`), func(s *stage, _ []string) { s.port("127.0.0.11:81", true) }},
	{regexp.MustCompile(`^service (broken|repaired)`), func(s *stage, m []string) { s.service(m[1] == "repaired") }},
	{regexp.MustCompile(`^all (stop|broken)$`), func(s *stage, _ []string) { s.allStop() }},
	{regexp.MustCompile(`^reload\b`), func(s *stage, _ []string) { s.reload() }},
	{regexp.MustCompile(`^configuration file deleted, then HUP$`), func(s *stage, _ []string) {
		s.must(os.Remove(s.daemon.Config))
		s.daemon.Signal(syscall.SIGHUP)
	}},
	{regexp.MustCompile(`^scripts? (?:exits?|hangs) ?(\d*) ?(\d*)$`), func(s *stage, m []string) { s.codes(m[1], m[2]) }},
	{regexp.MustCompile(`^file (\d)`), func(s *stage, m []string) { s.write("ff", m[1]+"\n", 0o644) }},
	{regexp.MustCompile(`^files say "(.*)"$`), func(s *stage, m []string) { s.files(m[1]) }},
	{regexp.MustCompile(`^w and z deleted$`), func(s *stage, _ []string) { s.remove("w", "z") }},
	{regexp.MustCompile(`^m created with 1 by rename$`), func(s *stage, _ []string) { s.write("m", "1\n", 0o644) }},
	{regexp.MustCompile(`^script deleted`), func(s *stage, _ []string) { s.remove("chk") }},
	{regexp.MustCompile(`^script back, exit 0$`), func(s *stage, _ []string) { s.codes("0", ""); s.write("chk", s.check(), 0o755) }},
	{regexp.MustCompile(`^execute bit removed$`), func(s *stage, _ []string) { s.must(os.Chmod(filepath.Join(s.dir, "chk"), 0o644)) }},
	{regexp.MustCompile(`^interpreter does not exist$`), func(s *stage, _ []string) { s.write("chk", "#!/no/such/interpreter\n", 0o755) }},
	{regexp.MustCompile(`^address (?:added|removed)`), func(s *stage, m []string) { s.address(strings.Contains(m[0], "added")) }},
	{regexp.MustCompile(`^/b answers (\d+)$`), func(s *stage, m []string) { s.pages(m[1] == "200") }},
	{regexp.MustCompile(`^RS2 deleted from the table by hand$`), func(s *stage, _ []string) {
		s.host.Run("ipvsadm", "-d", "-t", "10.9.0.1:80", "-r", "127.0.0.12:80")
	}},
	{regexp.MustCompile(`^table cleared by hand$`), func(s *stage, _ []string) { s.host.Run("ipvsadm", "-C") }},
	{regexp.MustCompile(`^kill -9 of the checker child, servers are back$`), func(s *stage, _ []string) {
		s.port("127.0.0.11:80", true)
		s.port("127.0.0.12:80", true)
		s.daemon.KillRole(lab.Checker)
	}},
	{regexp.MustCompile(`^kill -9 (?:of the checker child|again|no\. \d)$`), func(s *stage, _ []string) { s.kill() }},
	{regexp.MustCompile(`^no child: `), func(*stage, []string) {}},
	{regexp.MustCompile(`^kill -9 of the parent$`), func(s *stage, _ []string) { s.daemon.Signal(syscall.SIGKILL) }},
	{regexp.MustCompile(`^TERM to the checker child$`), func(s *stage, _ []string) {
		s.must(unix.Kill(s.daemon.RolePID(lab.Checker), unix.SIGTERM))
	}},
	{regexp.MustCompile(`^SIGUSR1 to the parent$`), func(s *stage, _ []string) { s.daemon.Signal(syscall.SIGUSR1) }},
}

// deeds are done before a table of that name, where the recording tells of them by no line.
var deeds = map[string]func(*stage){
	"RS1 added by hand while down": func(s *stage) {
		s.host.Run("ipvsadm", "-a", "-t", "10.9.0.1:80", "-r", "127.0.0.11:80", "-m", "-w", "1")
	},
	"before of stop-sorry-active": func(s *stage) {
		s.waitFor("connection to", 4)
		s.port("127.0.0.11:80", false)
		s.port("127.0.0.12:80", false)
	},
	"RS1 stopped of drift": func(s *stage) {
		_, _ = s.host.TryRun("ipvsadm", "-a", "-t", "10.9.0.1:80", "-r", "127.0.0.77:80", "-m", "-w", "1") // the first time
	},
	"all down, sorry servers in use":  func(s *stage) { s.port("127.0.0.11:80", false) },
	"RS 11 down":                      func(s *stage) { s.port("127.0.0.11:80", false) },
	"RS 11 up":                        func(s *stage) { s.port("127.0.0.11:80", true) },
	"RS1 back":                        func(s *stage) { s.port("127.0.0.11:80", true) },
	"sorry server active":             func(s *stage) { s.port("127.0.0.11:80", false); s.port("127.0.0.12:80", false) },
	"address removed, server stopped": func(s *stage) { s.port("127.0.0.11:80", false) },
}

// deedOf finds how a step is done; false says that it cannot be.
func deedOf(text string) (func(*stage), bool) {
	for _, d := range kinds {
		if d.text.MatchString(text) {
			return func(s *stage) { d.do(s, d.text.FindStringSubmatch(text)) }, true
		}
	}
	return nil, false
}

// port opens or closes a port of a server.
func (s *stage) port(addr string, open bool) {
	s.t.Helper()
	server := s.tcp[addr]
	switch {
	case server == nil:
		s.t.Fatalf("there is no server at %s", addr)
	case open:
		s.must(server.Open())
	default:
		server.Close()
	}
}

// codes sets how the check scripts end; without a code they hang.
func (s *stage) codes(one, two string) {
	s.t.Helper()
	if one == "" {
		one = "hang"
	}
	if two != "" {
		s.write("code1", one+"\n", 0o644)
		s.write("code2", two+"\n", 0o644)
	}
	s.write("code", one+"\n", 0o644)
}

// allStop closes all ports; the check script fails.
func (s *stage) allStop() {
	s.codes("3", "")
	for _, server := range s.tcp {
		server.Close()
	}
	for _, server := range s.udp {
		server.Close()
	}
}

// files writes the track files but m and i.
func (s *stage) files(text string) {
	s.t.Helper()
	for _, name := range []string{"w", "r", "z", "d"} {
		s.write(name, text+"\n", 0o644)
	}
}

func (s *stage) remove(names ...string) {
	s.t.Helper()
	for _, name := range names {
		s.must(os.Remove(filepath.Join(s.dir, name)))
	}
}

// address gives the host the address of the virtual server, or takes it away.
func (s *stage) address(there bool) {
	s.t.Helper()
	s.host.Run("ip", "addr", map[bool]string{true: "add", false: "del"}[there], "10.9.0.1/32", "dev", "d0")
}

// pages answers three paths, of which /b may be broken.
func (s *stage) pages(good bool) {
	s.t.Helper()
	s.tcp["127.0.0.11:80"].Set(fake.Pages(func(path string) string {
		if path == "/b" && !good {
			return fake.Page(500, "no\n")
		}
		return fake.Page(200, "ok\n")
	}))
}

// kill kills the checker child as soon as there is one.
func (s *stage) kill() {
	s.t.Helper()
	pid := s.daemon.RunningRole(lab.Checker, 0, lineLimit)
	s.must(unix.Kill(pid, unix.SIGKILL))
}

// foreign fills the table before the daemon starts.
func (s *stage) foreign() {
	for _, args := range []string{
		"-A -t 10.9.0.1:80 -s wlc -p 40", "-a -t 10.9.0.1:80 -r 127.0.0.11:80 -g -w 5",
		"-a -t 10.9.0.1:80 -r 127.0.0.50:80 -m -w 6", "-A -t 10.9.9.9:9 -s rr",
	} {
		s.host.Run(append([]string{"ipvsadm"}, strings.Fields(args)...)...)
	}
}

// stop ends the daemon, which may have ended.
func (s *stage) stop() {
	s.t.Helper()
	if !s.daemon.Running() {
		return
	}
	s.daemon.Signal(syscall.SIGTERM)
	if code := s.daemon.Wait(20 * time.Second); code != 0 && s.rec.Name != "start-broken" {
		s.t.Errorf("exit status %d", code)
	}
}

// waitFor waits for as many lines with a text.
func (s *stage) waitFor(text string, n int) {
	s.t.Helper()
	lab.Wait(s.t, lineLimit, text, func() error {
		if got := strings.Count(strings.Join(s.lines(), "\n"), text); got < n {
			return fmt.Errorf("%d of %d", got, n)
		}
		return nil
	})
}
