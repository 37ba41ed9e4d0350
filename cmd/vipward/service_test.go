// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The service manager hears about start, reload, a refused reload and stop, from the
// parent only.
func TestSystemd(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	path := h.path("notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	must(t, err)
	defer conn.Close()
	must(t, conn.SetReadDeadline(time.Now().Add(limit)))
	next := func(want string) {
		t.Helper()
		if got := readPacket(t, conn); !strings.HasPrefix(got, want) {
			t.Errorf("notified %q, want %q", got, want)
		}
	}
	cmd := h.command("-n", "-l")
	cmd.Env = append(cmd.Env, "NOTIFY_SOCKET="+path)
	h.start(cmd)
	next("READY=1\nMAINPID=")
	must(t, cmd.Process.Signal(syscall.SIGHUP))
	next("RELOADING=1\nMONOTONIC_USEC=")
	next("READY=1")
	h.write("k.conf", config+"}")
	must(t, cmd.Process.Signal(syscall.SIGHUP))
	next("RELOADING=1")
	next("READY=1")
	for _, name := range []string{"r", "c"} {
		environ := readFile(t, "/proc/"+strings.TrimSpace(readFile(t, h.path(name)))+"/environ")
		if strings.Contains(environ, "NOTIFY_SOCKET") {
			t.Errorf("the child of %s has the socket in its environment", name)
		}
	}
	must(t, cmd.Process.Signal(syscall.SIGTERM))
	next("STOPPING=1")
	h.wait(cmd)
}

// The service manager hears that the daemon is alive as often as it wants, but not while the loop
// of a child stands still; and its limit for the stop is what child_wait_time needs.
func TestSystemdWatchdog(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	path := h.path("notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	must(t, err)
	defer conn.Close()
	cmd := h.command("-n", "-l")
	cmd.Env = append(cmd.Env, "NOTIFY_SOCKET="+path, "WATCHDOG_USEC=400000") // a beat is 100 ms
	h.start(cmd)
	alive := func(within time.Duration) bool {
		must(t, conn.SetReadDeadline(time.Now().Add(within)))
		b := make([]byte, 200)
		for {
			n, err := conn.Read(b)
			if err != nil {
				return false
			}
			if string(b[:n]) == "WATCHDOG=1" {
				return true
			}
		}
	}
	for _, name := range []string{"r", "c"} {
		for range 2 {
			if !alive(limit) {
				t.Fatalf("no sign of life:\n%s", h.output())
			}
		}
		must(t, syscall.Kill(h.pid(name), syscall.SIGSTOP))
		h.until("silence", func() bool { return !alive(700 * time.Millisecond) })
		must(t, syscall.Kill(h.pid(name), syscall.SIGCONT))
	}
	if !alive(limit) {
		t.Error("no sign of life afterwards")
	}
	if environ := readFile(t, "/proc/"+strings.TrimSpace(readFile(t, h.path("r")))+"/environ"); strings.Contains(environ, "WATCHDOG_USEC") {
		t.Error("a child has the watchdog in its environment")
	}
	must(t, cmd.Process.Signal(syscall.SIGTERM))
	must(t, conn.SetReadDeadline(time.Now().Add(limit)))
	for {
		text := readPacket(t, conn)
		if strings.HasPrefix(text, "STOPPING=1") {
			if text != "STOPPING=1\nEXTEND_TIMEOUT_USEC=70000000" {
				t.Errorf("notified %q", text)
			}
			break
		}
	}
	h.wait(cmd)
}

// A terminal that nobody reads holds nothing up: neither the election nor the stop.
func TestStuckConsole(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	r, w, err := os.Pipe()
	must(t, err)
	defer r.Close()
	fill(t, w)
	cmd := h.command("-n", "-l", "-D")
	cmd.Stderr = w
	h.inside(func() { err = cmd.Start() })
	must(t, err)
	must(t, w.Close())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	h.until("the VIP", func() bool { return strings.Contains(h.addresses(), "10.9.8.7/24") })
	must(t, cmd.Process.Signal(syscall.SIGTERM))
	if code := h.wait(cmd); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	h.nothingLeft(nil)
}

// fill writes to a pipe until it takes no more.
func fill(t *testing.T, w *os.File) {
	t.Helper()
	fd := int(w.Fd())
	must(t, unix.SetNonblock(fd, true))
	b := make([]byte, 4096)
	for {
		if _, err := unix.Write(fd, b); err == unix.EAGAIN {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	must(t, unix.SetNonblock(fd, false))
}

// -d writes the configuration into the log, without passwords.
func TestDumpConf(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	h.write("k.conf", strings.Replace(config, "advert_int 1", "authentication {\n auth_type PASS\n auth_pass d0ck3r\n }", 1))
	cmd := h.start(h.command("-n", "-l", "-D", "-d"))
	h.logged(1, "Startup complete")
	for _, want := range []string{": ------< VRRP Topology >------\n", ":    Virtual IP = 10.9.8.7/24\n", ":  VIP = 10.9.8.7, VPORT = 80"} {
		h.logged(1, want)
	}
	must(t, cmd.Process.Signal(syscall.SIGUSR1))
	h.until("the dump", func() bool { return h.exists("keepalived.data") })
	must(t, cmd.Process.Signal(syscall.SIGTERM))
	h.wait(cmd)
	for _, text := range []string{h.output(), readFile(t, h.path("keepalived.data")), readFile(t, h.path("keepalived_parent.data"))} {
		if strings.Contains(text, "d0ck3r") {
			t.Errorf("the password is in:\n%s", text)
		}
	}
}

// -P and -C start one child each; what is not for it is not started.
func TestOneRole(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ opt, there, absent string }{{"-P", "r", "c"}, {"-C", "c", "r"}} {
		t.Run(tt.opt, func(t *testing.T) {
			t.Parallel()
			h := newHost(t)
			cmd := h.start(h.command("-n", "-l", tt.opt))
			h.logged(1, "Startup complete")
			if !h.exists(tt.there) || h.exists(tt.absent) {
				t.Errorf("pid file %s: %v, %s: %v", tt.there, h.exists(tt.there), tt.absent, h.exists(tt.absent))
			}
			must(t, cmd.Process.Signal(syscall.SIGTERM))
			h.wait(cmd)
		})
	}
}

// The file of a running daemon may vanish: it goes on with what it has.
func TestReloadWithoutFile(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	cmd := h.start(h.command("-n", "-l"))
	h.logged(1, "(VI_1) Entering MASTER STATE")
	must(t, os.Remove(h.path("k.conf")))
	must(t, cmd.Process.Signal(syscall.SIGHUP))
	h.logged(1, "Config files missing '"+h.path("k.conf")+"'.")
	h.logged(1, "Reload refused")
	if !strings.Contains(h.addresses(), "10.9.8.7/24") {
		t.Error("the VIP is gone")
	}
	must(t, cmd.Process.Signal(syscall.SIGTERM))
	h.wait(cmd)
}
