// SPDX-License-Identifier: Apache-2.0

package views

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"vipward/checker"
	"vipward/control"
	"vipward/internal/lab"
	"vipward/vrrp"
	"vipward/watchdog"
)

// nightDaemon answers the local API as the daemon of a night would.
type nightDaemon struct {
	control.Daemon // what is not asked for
	*night
}

func (d nightDaemon) Status(context.Context) (watchdog.Status, error) { return d.look.Daemon, nil }

func (d nightDaemon) Ask(_ context.Context, r watchdog.Role, _ []byte) ([]byte, error) {
	if r == watchdog.VRRP {
		return json.Marshal(d.look.VRRP)
	}
	return json.Marshal(d.look.Checker)
}

// serveNight serves the local API of a night, with its last events, and gives the socket.
func serveNight(t *testing.T) string {
	t.Helper()
	n := newNight()
	dir, err := os.MkdirTemp("", "vipward-views-*") // short: the name of a socket has 107 characters
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "api", "s")
	l, err := control.Listen(path, control.Nobody)
	must(t, err)
	s := control.NewServer(control.Options{
		Daemon: nightDaemon{night: n}, Version: "1.0.0", Group: control.Nobody, Log: slog.New(slog.DiscardHandler),
		Configuration: func() control.Configuration { return control.Configuration{Path: n.look.Config} },
	})
	https := checker.News{Kind: "server", At: n.ago(192 * time.Second), Service: "192.0.2.100:443 tcp", Server: "10.20.0.13:443", Why: "Connection refused"}
	tell(t, s, watchdog.VRRP, vrrp.News{Kind: "instance", At: n.ago(26 * time.Hour), Name: "VI_WEB", From: "BACKUP", To: "MASTER", Priority: 155, Why: "received no advert of the master for 3.6 s"})
	tell(t, s, watchdog.Checker, https)
	for i, server := range []string{"10.20.1.6:25", "10.20.1.5:25"} {
		tell(t, s, watchdog.Checker, checker.News{Kind: "server", At: n.ago(time.Duration(61-20*i) * time.Second), Service: "192.0.2.101:25 tcp", Server: server, Why: "Timeout connecting"})
	}
	tell(t, s, watchdog.Checker, checker.News{Kind: "quorum", At: n.ago(41 * time.Second), Service: "192.0.2.101:25 tcp"})
	ctx, cancel := context.WithCancel(context.Background())
	var g errgroup.Group
	g.Go(func() error { return s.Serve(ctx, control.Listeners{Socket: l}) })
	t.Cleanup(func() {
		cancel()
		must(t, g.Wait())
	})
	return path
}

func tell(t *testing.T, s *control.Server, r watchdog.Role, news any) {
	t.Helper()
	b, err := json.Marshal(news)
	must(t, err)
	s.Told(r, b)
}

// TestTerminal looks at `vipward status --watch` in a small and in a large terminal.
func TestTerminal(t *testing.T) {
	t.Parallel()
	socket := serveNight(t)
	for name, size := range map[string][2]int{"terminal-80.svg": {80, 24}, "terminal-200.svg": {200, 40}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lines := parseScreen(watch(t, socket, size[0], size[1]))
			v := &viewer{t: t}
			v.keep(name, drawTerminal(lines, size[0], size[1]))
			if len(lines) > size[1] {
				t.Errorf("%d lines", len(lines))
			}
			text := plainText(lines)
			for _, line := range strings.Split(text, "\n") {
				if n := len([]rune(line)); n > size[0] {
					t.Errorf("%d columns: %s", n, line)
				}
			}
			for _, want := range []string{"INSTANCE", "192.0.2.101:25 tcp", "SMTP_CHECK: Timeout connecting", "quorum DOWN"} {
				if !strings.Contains(text, want) {
					t.Errorf("there is no %q in\n%s", want, text)
				}
			}
			if !colored(lines, "31", "192.0.2.101:25") {
				t.Errorf("what is down is not red:\n%s", text)
			}
		})
	}
}

// watch runs the command on a terminal until it has shown events, and gives its last frame.
func watch(t *testing.T, socket string, columns, rows int) string {
	t.Helper()
	y := lab.NewTerminal(t, columns, rows)
	cmd := exec.Command(lab.Vipward(t), "status", "--watch", "--control", socket)
	cmd.Stdout, cmd.Stderr = y.Slave, y.Slave
	must(t, cmd.Start())
	const home, rest = "\x1b[H", "\x1b[J"
	var frame string
	lab.Wait(t, 20*time.Second, "a frame", func() error {
		parts := strings.Split(y.String(), home)
		last := parts[max(len(parts)-2, 0)] // the one before the last is whole
		if len(parts) < 4 || !strings.Contains(last, rest) {
			return fmt.Errorf("%d frames", len(parts)-1)
		}
		frame, _, _ = strings.Cut(last, rest)
		return nil
	})
	must(t, cmd.Process.Signal(syscall.SIGINT))
	must(t, cmd.Wait())
	own, err := os.Hostname()
	must(t, err)
	return strings.Replace(frame, own, "lb1", 1) // this machine's name is of no interest
}
