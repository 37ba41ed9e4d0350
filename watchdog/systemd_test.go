// SPDX-License-Identifier: Apache-2.0

package watchdog

import (
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"
)

func TestNotifySystemd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	must(t, err)
	defer conn.Close()
	t.Setenv("NOTIFY_SOCKET", path)
	pid := strconv.Itoa(os.Getpid())
	tests := []struct {
		phase Phase
		want  string
	}{
		{Running, "^READY=1\nMAINPID=" + pid + "$"},
		{Reloading, "^RELOADING=1\nMONOTONIC_USEC=[1-9][0-9]+$"},
		{Stopping, "^STOPPING=1\nEXTEND_TIMEOUT_USEC=34000000$"},
	}
	for _, tt := range tests {
		NotifySystemd(slog.New(slog.DiscardHandler), Starting, 0) // says nothing
		NotifySystemd(slog.New(slog.DiscardHandler), tt.phase, 2*time.Second)
		b := make([]byte, 200)
		n, err := conn.Read(b)
		must(t, err)
		if !regexp.MustCompile(tt.want).Match(b[:n]) {
			t.Errorf("%s: sent %q, want %q", tt.phase, b[:n], tt.want)
		}
	}
}

// Without a service manager nothing happens; with a dead one it is said and no more.
func TestNotifySystemdAbsent(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	w := &world{}
	NotifySystemd(slog.New(lineHandler{w}), Running, 0)
	if len(w.lines) != 0 {
		t.Errorf("logged %q, want nothing", w.lines)
	}
	t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "nobody"))
	NotifySystemd(slog.New(lineHandler{w}), Running, 0)
	if len(w.lines) != 1 {
		t.Errorf("logged %q, want one warning", w.lines)
	}
}
