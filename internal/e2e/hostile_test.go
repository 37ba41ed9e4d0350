// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vipward/internal/lab"
)

const (
	many       = 10_000 // connections at once
	scrapePort = "9165"
	pagePort   = "9166"
	// memoryBound is what the parent may take at its worst, in bytes. It starts with 18 MB.
	memoryBound = 64 << 20
)

// hostile is a node whose local API is under attack.
type hostile struct{ *watched }

// One daemon and all that clients can do to it: it answers afterwards, its memory stays
// bounded, no process dies, and the election does not notice.
func TestControlUnderAttack(t *testing.T) {
	t.Parallel()
	needFiles(t, many+2000)
	h := hostile{newWatched(t, instance{version: 3, advert: "0.2"}, "--metrics", nodeAddr[0]+":"+scrapePort, "--page", nodeAddr[0]+":"+pagePort)}
	before, pids := len(h.wire.Adverts()), h.daemon[0].PIDs()
	for _, scene := range []struct {
		name string
		play func() error
	}{
		{"10,000 connections that say nothing", func() error { return h.crowd(many, h.local, "") }},
		{"slow headers", func() error { return h.crowd(500, h.local, "GET /v1/status HTTP/1.1\r\nX-") }},
		{"slow bodies", func() error {
			return h.crowd(500, h.local, "PUT /v1/real-servers HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n{")
		}},
		{"slow scrapers", func() error { return h.crowd(1000, h.remote(scrapePort), "GET /metrics HTTP/1.1\r\nX-") }},
		{"slow browsers", func() error { return h.crowd(1000, h.remote(pagePort), "GET / HTTP/1.1\r\nX-") }},
		{"browsers that do not read", func() error {
			return h.crowd(200, h.remote(pagePort), strings.Repeat("GET /state HTTP/1.1\r\nHost: "+nodeAddr[0]+"\r\n\r\n", 200))
		}},
		{"giant headers and bodies", h.giants},
		{"listeners that do not read", h.deafListeners},
		{"questions in a row whose answers nobody reads", h.deafAskers},
		{"rubbish", h.rubbish},
		{"strangers", h.strangers},
	} {
		if err := scene.play(); err != nil {
			t.Errorf("%s: %v", scene.name, err)
		}
		lab.Wait(t, patient, "an answer after "+scene.name, func() error {
			_, err := h.client.State(t.Context())
			return err
		})
		if peak := peakMemory(t, h.daemon[0].PID); peak > memoryBound {
			t.Errorf("%s: the parent took %d MB", scene.name, peak>>20)
		}
	}
	if who := speakers(h.wire.Adverts()[before:]); len(who) != 1 || who[0].String() != nodeAddr[0] {
		t.Errorf("masters in turn: %v, want %s alone", who, nodeAddr[0])
	}
	if now := h.daemon[0].PIDs(); !slices.Equal(now, pids) {
		t.Errorf("processes %v, they were %v", now, pids)
	}
	for _, url := range []string{scrapePort + "/metrics", pagePort + "/"} {
		lab.Wait(t, patient, "an answer at "+url, func() error {
			_, err := h.lb[0].Get("http://" + nodeAddr[0] + ":" + url)
			return err
		})
	}
}

// needFiles lets this process have so many files.
func needFiles(t *testing.T, n uint64) {
	t.Helper()
	var l unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &l); err != nil {
		t.Fatal(err)
	}
	if l.Cur >= n {
		return
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: n, Max: max(n, l.Max)}); err != nil {
		t.Fatalf("allow %d open files: %v", n, err)
	}
}

// peakMemory is the most that a process has had in memory, in bytes.
func peakMemory(t *testing.T, pid int) int {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "VmHWM:")
	kb, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kb << 10
}

// local connects to the socket; its queue may be full for a moment.
func (h hostile) local() (net.Conn, error) {
	for deadline := time.Now().Add(patient); ; time.Sleep(time.Millisecond) {
		c, err := net.Dial("unix", h.socket)
		if !errors.Is(err, unix.EAGAIN) || time.Now().After(deadline) {
			return c, err
		}
	}
}

// remote connects to a listener of the network.
func (h hostile) remote(port string) func() (net.Conn, error) {
	return func() (net.Conn, error) { return h.lb[0].Dial("tcp", nodeAddr[0]+":"+port) }
}

// crowd holds many connections at once, which all say the same.
func (h hostile) crowd(n int, connect func() (net.Conn, error), say string) error {
	var all []net.Conn
	defer func() {
		for _, c := range all {
			_ = c.Close()
		}
	}()
	for i := range n {
		c, err := connect()
		if err != nil {
			return fmt.Errorf("connection %d: %w", i, err)
		}
		all = append(all, c)
		_, _ = io.WriteString(c, say) // most of them are closed already
	}
	return nil
}

// giants sends what has no end.
func (h hostile) giants() error {
	for head, piece := range map[string]string{
		"GET /v1/status HTTP/1.1\r\nHost: x\r\n":                                                     "X: " + strings.Repeat("x", 4096) + "\r\n",
		"PUT /v1/real-servers HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000000\r\n\r\n":          strings.Repeat("[", 4096),
		"PUT /v1/real-servers HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n":             "1000\r\n" + strings.Repeat(" ", 4096) + "\r\n",
		"POST /v1/instances/VI_9/failover HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n": "1;" + strings.Repeat("x", 4000) + "\r\n \r\n",
	} {
		c, err := h.local()
		if err != nil {
			return err
		}
		_, err = io.WriteString(c, head)
		sent := 0
		for ; err == nil && sent < 64<<20; sent += len(piece) {
			_, err = io.WriteString(c, piece)
		}
		_ = c.Close()
		if err == nil {
			return fmt.Errorf("the daemon took %d bytes of %q", sent, head)
		}
	}
	return nil
}

// deafListeners asks for events, makes many, and reads none.
func (h hostile) deafListeners() error {
	for range 40 {
		c, err := h.local()
		if err != nil {
			return err
		}
		defer c.Close()
		if _, err := io.WriteString(c, "GET /v1/events?since=0 HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			return err
		}
	}
	return h.noise()
}

// noise makes events: orders that are refused.
func (h hostile) noise() error {
	for i := range 1500 {
		if err := h.client.Maintenance(h.t.Context(), fmt.Sprintf("%d-%s", i, strings.Repeat("x", 190)), true); err == nil {
			return errors.New("an instance that does not exist rests")
		}
	}
	return nil
}

// deafAskers asks for everything, hundreds of times on each connection, and reads nothing.
func (h hostile) deafAskers() error {
	return h.crowd(60, h.local, strings.Repeat("GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n", 500))
}

// rubbish sends what is nearly a request.
func (h hostile) rubbish() error {
	seeds := []string{
		"GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n",
		"PUT /v1/instances/VI_9/maintenance HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n{\"on\":true}",
		"PUT /v1/real-servers HTTP/1.1\r\nHost: x\r\nContent-Length: 41\r\n\r\n{\"server\":\"192.0.2.99:80\",\"hold\":\"drain\"}",
		"POST /v1/instances/VI_9/failover HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
		"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
	}
	const seed = 20261123
	random := rand.New(rand.NewPCG(seed, seed))
	for range 1000 {
		text := spoilt(random, seeds[random.IntN(len(seeds))])
		if err := h.exchange(text); err != nil {
			return fmt.Errorf("%q: %w", text, err)
		}
	}
	return nil
}

// spoilt changes, repeats or drops some bytes.
func spoilt(random *rand.Rand, text string) []byte {
	b := []byte(text)
	for range random.IntN(8) {
		i := random.IntN(len(b))
		switch random.IntN(3) {
		case 0:
			b[i] = byte(random.Uint32())
		case 1:
			b = append(b[:i:i], bytes.Repeat(b[i:], 2)...)
		default:
			b = append(b[:i:i], b[min(i+random.IntN(9), len(b)-1):]...)
		}
	}
	return b
}

// exchange sends something and reads until the daemon hangs up.
func (h hostile) exchange(text []byte) error {
	c, err := h.local()
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.Write(text); err != nil {
		return nil // the daemon did not want to hear the rest
	}
	_ = c.(*net.UnixConn).CloseWrite() // it may have hung up
	if err := c.SetReadDeadline(time.Now().Add(patient)); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
		return errors.New("no answer, and no end")
	}
	return nil
}

// strangers, for whom somebody has opened the socket, hear that they may not, and keep nobody
// out.
func (h hostile) strangers() error {
	for _, path := range []string{filepath.Dir(filepath.Dir(h.socket)), filepath.Dir(h.socket), h.socket} {
		if err := os.Chmod(path, 0o777); err != nil {
			return err
		}
	}
	var held []net.Conn
	defer func() {
		for _, c := range held {
			_ = c.Close()
		}
	}()
	var answer string
	if err := lab.As(65534, 65534, nil, func() (err error) {
		if answer, err = firstLine(h.socket, "PUT /v1/instances/VI_1/maintenance HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n{\"on\":true}"); err != nil {
			return err
		}
		for range 300 {
			c, err := h.local()
			if err != nil {
				return err
			}
			held = append(held, c)
		}
		return nil
	}); err != nil {
		return err
	}
	if !strings.Contains(answer, " 403 ") {
		return fmt.Errorf("a stranger got %q", answer)
	}
	_, err := h.client.State(h.t.Context())
	return err
}

// firstLine sends a request and gives the first line of the answer.
func firstLine(socket, request string) (string, error) {
	c, err := net.Dial("unix", socket)
	if err != nil {
		return "", err
	}
	defer c.Close()
	if _, err := io.WriteString(c, request); err != nil {
		return "", err
	}
	b := make([]byte, 64)
	n, err := c.Read(b)
	return string(b[:n]), err
}
