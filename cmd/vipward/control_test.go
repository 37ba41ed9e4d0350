// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"vipward/control"
)

// One daemon and all commands that speak with it.
func TestControlCommands(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	dir, err := os.MkdirTemp("", "vipward-cmd-*") // short: the name of a socket has 107 characters
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket := filepath.Join(dir, "api", "s")
	cmd := h.start(h.command("-n", "-l", "--control", socket, "--metrics", "127.0.0.1:9165"))
	h.logged(1, "(VI_1) Entering MASTER STATE")
	ask := func(args ...string) (int, string, string) { return runIn(t, append(args, "--control", socket)...) }
	h.until("the check has failed", func() bool {
		_, out, _ := ask("explain", "127.0.0.1:8080")
		return strings.Contains(out, "TCP_CHECK of 127.0.0.1:8080 is down")
	})
	h.write("next.conf", strings.Replace(config, "priority 100", "priority 120", 1))
	tests := []struct {
		args string
		code int
		out  []string // on standard output
		errs []string // on standard error
	}{
		{"status", 0, []string{"\nVI_1      MASTER  100", "this node", "10.9.8.7/24", "\n10.9.8.7:80 tcp", "    TCP_CHECK: Connection refused\n"}, nil},
		{"status --names", 0, []string{"127.0.0.1:8080\nVI_1\n"}, nil},
		{"status --width 200", 0, []string{"ADDRESSES"}, nil},
		{"explain", 0, []string{"VI_1 is MASTER here since ", "BACKUP -> MASTER, priority 100: Receive advertisement timeout", "127.0.0.1:8080 of 10.9.8.7:80 is down"}, nil},
		{"explain 10.9.8.7", 0, []string{"VI_1 is MASTER here since "}, nil},
		{"explain VI_9", 1, nil, []string{`there is no instance, sync group, tracker, address, virtual or real server "VI_9"`}},
		{"events --once", 0, []string{"daemon running\n", "VI_1: BACKUP -> MASTER, priority 100: Receive advertisement timeout\n", ": DOWN: Connection refused\n"}, nil},
		{"maintenance VI_1 on", 0, []string{"maintenance VI_1: on\n"}, nil},
		{"status", 0, []string{"MASTER  1 (100)", "rests: other routers go first"}, nil},
		{"maintenance VI_1 off", 0, []string{"maintenance VI_1: off\n"}, nil},
		{"maintenance VI_9 on", 1, nil, []string{`there is no instance or sync group "VI_9"`}},
		{"failover VI_9", 1, nil, []string{`there is no instance or sync group "VI_9": there are VI_1`}},
		{"drain 127.0.0.1:8080", 0, []string{"127.0.0.1:8080 of 10.9.8.7:80: drain, weight 0 (configured 1), down by its checks\n"}, nil},
		{"maintenance 127.0.0.1:8080 on", 0, []string{"127.0.0.1:8080 of 10.9.8.7:80: maint, "}, nil},
		{"drain 127.0.0.1:8080", 0, nil, nil},
		{"status", 0, []string{"DRAIN  0 (1)"}, nil},
		{"explain 127.0.0.1:8080", 0, []string{"drain, asked for by uid "}, nil},
		{"undrain 127.0.0.1:8080", 0, []string{"127.0.0.1:8080 of 10.9.8.7:80: down, weight 1\n"}, nil},
		{"weight 127.0.0.1:8080 7 --service 10.9.8.7:80", 0, []string{"127.0.0.1:8080 of 10.9.8.7:80: down, weight 7 (configured 1)\n"}, nil},
		{"undrain 127.0.0.1:8080", 0, nil, nil},
		{"drain 127.0.0.1:8081", 1, nil, []string{"127.0.0.1:8081"}},
		{"plan " + h.path("next.conf"), 0, []string{"priority: 100 -> 120\n"}, nil},
		{"plan", 0, []string{"vrrp_instance: 0 added, 0 removed, 0 changed, 1 kept\n"}, nil}, // to the daemon's own file
		{"reload", 0, []string{"reloaded in "}, nil},
	}
	for _, tt := range tests {
		code, out, errs := ask(strings.Fields(tt.args)...)
		if code != tt.code {
			t.Errorf("%s: exit code %d, want %d", tt.args, code, tt.code)
		}
		for _, want := range tt.out {
			if !strings.Contains(out, want) {
				t.Errorf("%s: the output lacks %q:\n%s%s", tt.args, want, out, errs)
			}
		}
		for _, want := range tt.errs {
			if !strings.Contains(errs, want) {
				t.Errorf("%s: the errors lack %q:\n%s%s", tt.args, want, out, errs)
			}
		}
	}
	h.controlJSON(ask)
	h.controlMetrics()
	h.watchOnTerminal(socket, func() { ask("drain", "127.0.0.1:8080") })

	h.write("k.conf", config+"bogus\n")
	if code, out, errs := ask("reload"); code != exitOK || !strings.Contains(out, "reloaded in ") || !strings.Contains(errs, "k.conf:25:1: warning: Unknown keyword 'bogus'") {
		t.Errorf("a reload with a warning: exit code %d\n%s%s", code, out, errs)
	}
	h.write("k.conf", config+"vrrp_instance VI_2 {\n  interface\n}\n")
	if code, _, errs := ask("reload"); code != exitConfig || !strings.Contains(errs, "refused, the running configuration stays") || !strings.Contains(errs, "k.conf:25:") {
		t.Errorf("a refused reload: exit code %d\n%s", code, errs)
	}
	if _, out, _ := ask("status"); !strings.Contains(out, "! the last reload was refused") {
		t.Errorf("status after a refused reload:\n%s", out)
	}

	must(t, cmd.Process.Signal(syscall.SIGTERM))
	if code := h.wait(cmd); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	if _, err := os.Lstat(socket); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is left: %v", err)
	}
	if code, _, errs := ask("status"); code != exitUnreachable || !strings.Contains(errs, "is vipward running?") {
		t.Errorf("without a daemon: exit code %d\n%s", code, errs)
	}
	for _, want := range []string{"Local API: uid ", " asks: drain 127.0.0.1:8080", " asks: maintenance VI_1 on"} {
		if !strings.Contains(h.output(), want) {
			t.Errorf("the log lacks %q:\n%s", want, h.output())
		}
	}
}

// controlJSON looks at what programs get.
func (h *host) controlJSON(ask func(...string) (int, string, string)) {
	h.t.Helper()
	var st control.State
	_, out, _ := ask("status", "--json")
	if err := json.Unmarshal([]byte(out), &st); err != nil || st.VRRP.Instances[0].Name != "VI_1" || len(st.Daemon.Processes) != 2 {
		h.t.Errorf("status --json: %v\n%s", err, out)
	}
	_, out, _ = ask("events", "--once", "--json")
	for line := range strings.Lines(out) {
		var e control.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.ID == 0 || e.Kind == "" {
			h.t.Errorf("events --json: %v: %s", err, line)
		}
	}
	var findings []map[string]string
	_, out, _ = ask("doctor", "--json") // of what the daemon runs
	if err := json.Unmarshal([]byte(out), &findings); err != nil || len(findings) < 5 || !strings.HasPrefix(findings[0]["text"], h.path("k.conf")+" ") {
		h.t.Errorf("doctor --json: %v\n%s", err, out)
	}
}

// controlMetrics scrapes the listener from inside of the host.
func (h *host) controlMetrics() {
	h.t.Helper()
	var text []byte
	var err error
	h.inside(func() {
		// A plain socket: the client's own goroutines would be outside.
		text, err = scrape("127.0.0.1:9165")
	})
	must(h.t, err)
	for _, want := range []string{"\nkeepalived_up 1\n", `keepalived_vrrp_state{iname="VI_1",intf="v0",vrid="51",ip_address="10.9.8.7/24"} 2`, `vipward_real_server_up{`} {
		if !strings.Contains(string(text), want) {
			h.t.Errorf("metrics lack %q:\n%s", want, text)
		}
	}
}

// scrape fetches metrics over a connection that is made on the caller's thread.
func scrape(addr string) ([]byte, error) {
	c, err := dialHere(addr)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(limit)); err != nil {
		return nil, err
	}
	q, err := http.NewRequest(http.MethodGet, "http://"+addr+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	q.Close = true
	if err := q.Write(c); err != nil {
		return nil, err
	}
	return io.ReadAll(c)
}

func TestSocketPath(t *testing.T) {
	t.Parallel()
	tests := []struct{ args, want string }{
		{"", control.DefaultSocket},
		{"-p /run/other.pid", ""},
		{"-p /run/other.pid --control /run/x/s", "/run/x/s"},
		{"--control none", ""},
		{"--control=/run/x/s", "/run/x/s"},
	}
	for _, tt := range tests {
		o, err := parseArgs("vipward", strings.Fields(tt.args))
		must(t, err)
		if got := o.socketPath(); got != tt.want {
			t.Errorf("%q: socket %q, want %q", tt.args, got, tt.want)
		}
	}
}

func TestGroupID(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		want int
		err  string
	}{
		{"", control.Nobody, ""}, {"root", 0, ""}, {"4711", 4711, ""}, {"no such group", control.Nobody, "stays root's"}, {"-5", control.Nobody, "stays root's"},
	}
	for _, tt := range tests {
		got, err := groupID(tt.name)
		if got != tt.want || (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%q: %d, %v, want %d %s", tt.name, got, err, tt.want, tt.err)
		}
	}
}

// News beyond what the room holds is lost, and nobody waits for it.
func TestNewsroom(t *testing.T) {
	t.Parallel()
	n := newNewsroom()
	for i := range 2 * newsRoom {
		n.tell(i)
	}
	if len(n.c) != newsRoom {
		t.Errorf("%d items wait, want %d", len(n.c), newsRoom)
	}
	if first := <-n.c; first != 0 {
		t.Errorf("the first item is %v", first)
	}
}
