// SPDX-License-Identifier: Apache-2.0

package replayipvs

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"vipward/internal/fake"
)

// settings are what was special in a case before it began.
var settings = map[string]func(*stage){
	"file-check": func(s *stage) {
		_ = os.RemoveAll(filepath.Join(s.dir, "w"))
		s.files("0")
	},
	"misc-exec-fails":      func(s *stage) { s.codes("1", "") },
	"misc-dynamic":         func(s *stage) { s.codes("0", "") },
	"misc-dynamic-two":     func(s *stage) { s.codes("0", "0") },
	"reload-misc-dynamic":  func(s *stage) { s.codes("6", "") },
	"reload-misc-running":  func(s *stage) { s.write("slow", sleeper("", "exit 1"), 0o755) },
	"wire-http-urls":       func(s *stage) { s.pages(true) },
	"wire-http-urls-fast":  func(s *stage) { s.pages(false) },
	"wire-http-results":    func(s *stage) { s.replies() },
	"wire-smtp":            func(s *stage) { s.dialogues() },
	"wire-dns":             func(s *stage) { s.dns() },
	"wire-udp":             func(s *stage) { s.datagrams() },
	"wire-ping":            func(*stage) {},
	"stop-flush":           func(s *stage) { s.other("-A -t 10.9.9.9:9 -s rr", "-a -t 10.9.9.9:9 -r 127.0.0.50:9 -m -w 1") },
	"stop-flush-vs":        func(s *stage) { s.other("-A -t 10.9.9.9:9 -s rr", "-a -t 10.9.9.9:9 -r 127.0.0.50:9 -m -w 1") },
	"notify-smtp":          func(s *stage) { s.mailServer() },
	"misc-timeout":         func(s *stage) { s.write("slow", sleeper("", "exit 0"), 0o755) },
	"misc-timeout-default": func(s *stage) { s.write("slow", "#!/bin/sh\nexec sleep 60\n", 0o755) },
	"start-foreign-flush":  func(s *stage) { s.foreign() },
	"live-tcp-timeout":     func(s *stage) { s.listen("0.0.0.0:8080") },
	"misc-dynamic-timeout": func(s *stage) { s.codes("0", "") },
	"live-defaults": func(s *stage) {
		s.tcp["127.0.0.13:80"].Set(fake.SMTP("220 x\r\n", "250 x\r\n", "221 x\r\n"))
	},
	"reload-checker-changed": func(s *stage) {
		for addr, server := range s.tcp {
			if !strings.HasSuffix(addr, ":80") {
				server.Close() // of the second checker, which fails
			}
		}
	},
	"live-alpha-checker": func(s *stage) { s.port("127.0.0.11:81", false) },
	"dump-usr1": func(s *stage) {
		s.codes("4", "")
		s.write("ff", "0\n", 0o644)
		s.port("127.0.0.17:80", false)
	},
}

func (s *stage) other(rules ...string) {
	for _, rule := range rules {
		s.host.Run(append([]string{"ipvsadm"}, strings.Fields(rule)...)...)
	}
}

func (s *stage) listen(addr string) {
	s.t.Helper()
	s.tcp[addr] = fake.NewTCP(s.t, s.host, addr, fake.Listen)
	s.must(s.tcp[addr].Open())
}

var replyLine = regexp.MustCompile(`^\[(\S+)\]:tcp:80 = ([^:]*)(?:, [^:]*)?: ?(.*)$`)

// replies answers as the recording lists.
func (s *stage) replies() {
	s.t.Helper()
	for line := range strings.Lines(s.rec.wire) {
		m := replyLine.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if m == nil {
			continue
		}
		reply := strings.NewReplacer(`\r`, "\r", `\n`, "\n").Replace(m[3])
		server := s.tcp[net.JoinHostPort(m[1], "80")]
		switch {
		case strings.HasPrefix(reply, "no answer"):
			server.Set(fake.Mute)
		case strings.Contains(line, "200 kB"):
			server.Set(fake.HTTP(fake.Page(200, strings.Repeat("z", 200_000)+"world")))
		default:
			server.Set(fake.HTTP(reply))
		}
	}
}

// dialogues answers as the recording shows.
func (s *stage) dialogues() {
	s.t.Helper()
	for n, lines := range map[int][]string{
		2: {"554 no\r\n"}, 3: {"220-x\r\n220 y\r\n"}, 4: {"220 x\r\n", "250-x\r\n250 y\r\n"}, 5: {"220\r\n"},
		6: {"220 x\r\n", "550 no\r\n"}, 7: {"220 x\r\n", "250 x\r\n", "close"}, 8: {"220 x\r\n", "250 x\r\n", "500 what\r\n"},
		9: {"silent"}, 10: {"220 x\n", "250 x\n", "221 b\n"}, 11: {"220 x\r\n", "250 x\r\n", "silent"}, 12: {"220\n", "250\n", "221\n"},
		13: {"silent"},
	} {
		s.tcp[fmt.Sprintf("127.0.1.%d:25", n)].Set(fake.SMTP(lines...))
	}
	s.listenSMTP("127.0.2.2:25")
	s.listenSMTP("127.0.2.3:25")
}

func (s *stage) listenSMTP(addr string) {
	s.t.Helper()
	if s.tcp[addr] == nil {
		s.tcp[addr] = fake.NewTCP(s.t, s.host, addr, s.talk("SMTP_CHECK"))
	}
	s.must(s.tcp[addr].Open())
}

// dns answers as the recording lists.
func (s *stage) dns() {
	s.t.Helper()
	flags := func(high, low byte) fake.Reply {
		return func(query []byte) []byte {
			answer := append([]byte(nil), query...)
			answer[2], answer[3] = high, low
			return answer
		}
	}
	for line := range strings.Lines(s.rec.wire) {
		m := regexp.MustCompile(`^\[(127\.0\.2\.\d+)\]:udp:53 = (.*)$`).FindStringSubmatch(strings.TrimRight(line, "\n"))
		if m == nil {
			continue
		}
		server := s.udp[m[1]+":53"]
		switch m[2] {
		case "rcode 3":
			server.Set(flags(0x81, 0x83))
		case "rcode 5":
			server.Set(flags(0x81, 0x85))
		case "opcode 5":
			server.Set(flags(0xa9, 0x80))
		case "TC set":
			server.Set(flags(0x83, 0x80))
		case "QR clear":
			server.Set(flags(0x01, 0x00))
		case "wrong id":
			server.Set(func(query []byte) []byte { b := fake.DNS(0)(query); b[0] ^= 0xff; return b })
		case "3 bytes":
			server.Set(func(query []byte) []byte { return query[:3] })
		case "header only, counts 0":
			server.Set(func(query []byte) []byte { b := fake.DNS(0)(query)[:12]; copy(b[4:], make([]byte, 8)); return b })
		case "no answer":
			server.Set(fake.Silent)
		}
	}
}

// datagrams answers as the recording lists.
func (s *stage) datagrams() {
	s.t.Helper()
	for n, answer := range map[int]string{
		6: "any", 7: "ok", 8: "no", 9: "ok", 10: "okay", 11: "ok", 12: "ok", 13: "okay", 14: "ok", 15: "", 16: "",
		17: "ok" + strings.Repeat("z", 288), 18: "ok" + strings.Repeat("z", 288),
	} {
		s.udp[fmt.Sprintf("127.0.2.%d:53", n)].Set(fake.Answer(answer))
	}
	s.udp["127.0.2.2:53"].Close()
}

// mailServer takes mails.
func (s *stage) mailServer() {
	s.t.Helper()
	s.tcp["127.0.0.25:25"] = fake.NewTCP(s.t, s.host, "127.0.0.25:25", fake.Mail)
	s.must(s.tcp["127.0.0.25:25"].Open())
}
