// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/checker/probe"
	"vipward/conf"
)

// TestWire runs the configurations of testdata/wire, with servers that say what they said to
// keepalived: what they hear must be the same bytes, and the log the same lines.
func TestWire(t *testing.T) {
	t.Parallel()
	for name, serve := range map[string]func(r *taped, at string) stand{
		"http-results": (*taped).pages, "http-protocols": (*taped).requests, "smtp": (*taped).dialogue, "udp": (*taped).datagrams, "dns": (*taped).zone,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newTaped(t, name)
			b := newBench(t, "")
			b.cfg, b.probeOf = r.load(serve), probe.New
			b.startOutside()
			var got []string
			for deadline := time.Now().Add(2 * time.Minute); len(got) < len(r.log) && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
				got = append(got, r.lines(b.said())...)
			}
			b.stop()
			slices.Sort(got)
			if diff := cmp.Diff(r.log, got); diff != "" {
				t.Errorf("log (-keepalived +vipward):\n%s", diff)
			}
			r.mu.Lock()
			defer r.mu.Unlock()
			slices.Sort(r.heard)
			if diff := cmp.Diff(r.want, r.heard); diff != "" {
				t.Errorf("what the servers heard (-keepalived +vipward):\n%s", diff)
			}
		})
	}
}

// taped is a recording and what comes of it here.
type taped struct {
	t     *testing.T
	name  string
	names map[string]string // what a server is, by its address: "127.0.1.1" is "status 200: HTTP/1.1 ..."
	want  []string          // what keepalived's servers heard
	log   []string          // what keepalived said of its checks

	mu     sync.Mutex // guards all below
	heard  []string
	places *strings.Replacer
}

// stand is what stands in for a checked server: a text for each connection or datagram.
type stand struct {
	tcp func(conn net.Conn)
	udp func(question []byte) (answer []byte, ok bool)
}

var (
	wireName = regexp.MustCompile(`^\[(\S+)\]:\w+:\d+ = (.*)$`)
	// wireHeard is a line with what a server heard; the number of the connection and the
	// id of a question of the DNS do not count.
	wireHeard = regexp.MustCompile(`^(\S+) (?:conn|datagram) \d+(?: from port P)?: (?:request )?(.*?)(?:  ".*")?$`)
	wireLog   = regexp.MustCompile(`^(?:Starting|Initializing|Gained|Startup|Activating BFD|The SMTP_CHECK|$)`)
	// strange are the servers of the old host blocks of SMTP_CHECK, which ran into time
	// limits though they answered.
	strange = regexp.MustCompile(`127\.0\.2\.[23]\b.*:25\b|127\.0\.2\.[23]:25`)
)

func newTaped(t *testing.T, name string) *taped {
	t.Helper()
	r := &taped{t: t, name: name, names: map[string]string{}}
	for _, l := range r.read("wire") {
		if m := wireName.FindStringSubmatch(l); m != nil {
			r.names[m[1]] = m[2]
		} else if m := wireHeard.FindStringSubmatch(l); m != nil && !strange.MatchString(l) {
			r.want = append(r.want, m[1]+" "+m[2])
		}
	}
	if name == "dns" {
		for i, l := range r.want {
			at, question, _ := strings.Cut(l, " ")
			r.want[i] = at + " " + question[4:]
		}
	}
	slices.Sort(r.want)
	for _, l := range r.read("log") {
		if strings.HasPrefix(l, "## ") {
			break
		}
		if !wireLog.MatchString(l) && !strange.MatchString(l) {
			r.log = append(r.log, l)
		}
	}
	slices.Sort(r.log)
	return r
}

func (r *taped) read(suffix string) []string {
	r.t.Helper()
	text, err := os.ReadFile("testdata/wire/" + r.name + "." + suffix)
	if err != nil {
		r.t.Fatal(err)
	}
	return strings.Split(string(text), "\n")
}

// load gives the configuration with servers of this host in the place of the recorded ones.
func (r *taped) load(serve func(r *taped, at string) stand) *conf.Config {
	r.t.Helper()
	l := conf.Load("testdata/wire/" + r.name + ".conf")
	if l.Fatal() {
		r.t.Fatal(l.Diagnostics)
	}
	var places []string
	for _, vs := range l.Config.VirtualServers {
		vs.RealServers = slices.DeleteFunc(vs.RealServers, func(rs *conf.RealServer) bool { return r.name == "smtp" && rs.Addr.String() == "127.0.2.2" })
		for _, rs := range vs.RealServers {
			for _, c := range rs.Checkers {
				was := netip.AddrPortFrom(c.ConnectIP, c.ConnectPort)
				at := fmt.Sprintf("%s:%d", c.ConnectIP, c.ConnectPort) // without brackets, as recorded
				is := r.listen(at, serve(r, at))
				c.ConnectIP, c.ConnectPort, c.BindIP = is.Addr(), is.Port(), netip.Addr{}
				places = append(places, is.String(), was.String(), fmt.Sprintf("[%s]:%d", is.Addr(), is.Port()), fmt.Sprintf("[%s]:%d", was.Addr(), was.Port()))
			}
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.places = strings.NewReplacer(places...)
	return l.Config
}

// lines are those lines that count, with the recorded addresses.
func (r *taped) lines(said []string) []string {
	var out []string
	for _, l := range said {
		if !wireLog.MatchString(l) && !strings.HasPrefix(l, "Shutting") {
			out = append(out, r.places.Replace(l))
		}
	}
	return out
}

// hear notes what a server heard.
func (r *taped) hear(at, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.heard = append(r.heard, at+" "+r.places.Replace(text))
}

// listen starts a server. One without an answer of its own is a closed port.
func (r *taped) listen(at string, s stand) netip.AddrPort {
	r.t.Helper()
	done := make(chan struct{})
	switch {
	case s.tcp != nil:
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			r.t.Fatal(err)
		}
		var conns sync.WaitGroup
		go func() {
			defer close(done)
			for {
				conn, err := l.Accept()
				if err != nil {
					break
				}
				conns.Go(func() {
					s.tcp(conn)
					_ = conn.Close()
				})
			}
			conns.Wait()
		}()
		r.t.Cleanup(func() {
			_ = l.Close()
			<-done
		})
		return netip.MustParseAddrPort(l.Addr().String())
	default:
		conn, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			r.t.Fatal(err)
		}
		if s.udp == nil {
			defer conn.Close()
			return netip.MustParseAddrPort(conn.LocalAddr().String())
		}
		go func() {
			defer close(done)
			r.answer(at, conn, s)
		}()
		r.t.Cleanup(func() {
			_ = conn.Close()
			<-done
		})
		return netip.MustParseAddrPort(conn.LocalAddr().String())
	}
}

// answer serves datagrams.
func (r *taped) answer(at string, conn net.PacketConn, s stand) {
	buf := make([]byte, 2048)
	for {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		text := hex.EncodeToString(buf[:n])
		if r.name == "dns" {
			text = text[4:]
		}
		r.hear(at, text)
		if answer, ok := s.udp(slices.Clone(buf[:n])); ok {
			_, _ = conn.WriteTo(answer, from)
		}
	}
}

// is is what the server at an address was called.
func (r *taped) is(at string) string {
	host := at[:strings.LastIndexByte(at, ':')]
	return r.names[host]
}

// said reads the C escapes of a recording.
func (r *taped) said(text string) string {
	out, err := strconv.Unquote(`"` + text + `"`)
	if err != nil {
		r.t.Errorf("%q: %v", text, err)
	}
	return out
}

// pages answers each request as recorded.
func (r *taped) pages(at string) stand {
	_, text, _ := strings.Cut(r.is(at)+" ", ": ")
	reply := r.said(strings.TrimSuffix(text, " "))
	if body := "zzzz"; strings.HasSuffix(reply, body) { // it was cut in the recording
		head, _, _ := strings.Cut(reply, body)
		reply = head + strings.Repeat("z", 200_000) + "world"
	}
	return stand{tcp: func(conn net.Conn) {
		if readHead(conn); reply == "no answer" {
			_, _ = io.Copy(io.Discard, conn)
			return
		}
		_, _ = io.WriteString(conn, reply)
	}}
}

// readHead reads a request to its empty line.
func readHead(r io.Reader) string {
	var head strings.Builder
	in := bufio.NewReader(r)
	for !strings.HasSuffix(head.String(), "\r\n\r\n") {
		line, err := in.ReadString('\n')
		if head.WriteString(line); err != nil {
			break
		}
	}
	return head.String()
}

// escaped writes line ends as the recordings do.
func escaped(text string) string {
	return strings.NewReplacer("\r", `\r`, "\n", `\n`).Replace(text)
}

// requests notes each request.
func (r *taped) requests(at string) stand {
	return stand{tcp: func(conn net.Conn) {
		r.hear(at, escaped(readHead(conn)))
		_, _ = io.WriteString(conn, "HTTP/1.0 200 OK\r\n\r\nok\n")
	}}
}

// dialogue talks as recorded.
func (r *taped) dialogue(at string) stand {
	var parts []string
	for _, l := range r.want {
		if where, text, _ := strings.Cut(l, " "); where == at {
			parts = strings.Split(text, " | ")
		}
	}
	closes := strings.HasPrefix(r.is(at), "closes")
	return stand{tcp: func(conn net.Conn) {
		in := bufio.NewReader(conn)
		var heard []string
		for _, p := range parts {
			switch {
			case strings.HasPrefix(p, "S: "):
				_, _ = io.WriteString(conn, r.said(p[3:]))
				heard = append(heard, p)
			case p != "":
				line, err := in.ReadString('\n')
				if line = escaped(line); err != nil {
					line += "<EOF>"
				}
				heard = append(heard, "C: "+line)
			}
		}
		if !closes { // whoever is silent keeps the connection
			_, _ = io.Copy(io.Discard, in)
		}
		r.hear(at, strings.Join(heard, " | "))
	}}
}

var quoted = regexp.MustCompile(`answer "(\w+)"`)

// datagrams answers as the name of the server says.
func (r *taped) datagrams(at string) stand {
	is := r.is(at)
	reply, answers := "", strings.Contains(is, "empty answer") || strings.Contains(is, "any answer")
	if m := quoted.FindStringSubmatch(is); m != nil {
		reply, answers = m[1], true
	}
	if strings.Contains(is, "290 byte answer") {
		reply, answers = "ok"+strings.Repeat("x", 288), true
	}
	if is == "closed port" {
		return stand{}
	}
	return stand{udp: func([]byte) ([]byte, bool) { return []byte(reply), answers }}
}

// zone answers questions as the name of the server says.
func (r *taped) zone(at string) stand {
	is := r.is(at)
	return stand{udp: func(q []byte) ([]byte, bool) {
		q[2], q[3] = q[2]|0x80, 0x80
		switch is {
		case "no answer":
			return nil, false
		case "rcode 3", "rcode 5":
			q[3] |= is[len(is)-1] - '0'
		case "QR clear":
			q[2] &^= 0x80
		case "wrong id":
			q[0] ^= 0xff
		case "TC set":
			q[2] |= 2
		case "opcode 5":
			q[2] |= 5 << 3
		case "3 bytes":
			q = q[:3]
		case "header only, counts 0":
			q = append(q[:4], make([]byte, 8)...)
		}
		return q, true
	}}
}
