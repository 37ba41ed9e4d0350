// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// limit is how long a test waits for anything.
const limit = 30 * time.Second

// config is one instance on a pair of virtual cables, and one virtual server.
const config = `global_defs {
  router_id R1
}
vrrp_instance VI_1 {
  state BACKUP
  interface v0
  virtual_router_id 51
  priority 100
  advert_int 1
  virtual_ipaddress {
    10.9.8.7/24
  }
}
virtual_server 10.9.8.7 80 {
  delay_loop 5
  lb_algo rr
  lb_kind NAT
  protocol TCP
  real_server 127.0.0.1 8080 {
    TCP_CHECK {
      connect_timeout 1
    }
  }
}
`

// host is a directory with a configuration, and a network namespace with the cable v0-v1.
type host struct {
	t    *testing.T
	dir  string
	call chan func() // runs in the namespace
	mu   sync.Mutex  // guards log
	log  bytes.Buffer
}

func newHost(t *testing.T) *host {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root: network namespaces")
	}
	h := &host{t: t, dir: t.TempDir(), call: make(chan func())}
	failed := make(chan error, 1)
	go func() {
		// Never unlocked: the thread dies with the goroutine, and the namespace with it.
		runtime.LockOSThread()
		failed <- enterNetns()
		for f := range h.call {
			f()
		}
	}()
	t.Cleanup(func() { close(h.call) })
	must(t, <-failed)
	h.write("k.conf", config)
	return h
}

func enterNetns() error {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return err
	}
	veth := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: "v0", TxQLen: -1}, PeerName: "v1"}
	if err := netlink.LinkAdd(veth); err != nil {
		return err
	}
	for _, name := range []string{"lo", "v0", "v1"} {
		link, err := netlink.LinkByName(name)
		if err != nil {
			return err
		}
		if err := netlink.LinkSetUp(link); err != nil {
			return err
		}
	}
	v0, err := netlink.LinkByName("v0")
	if err != nil {
		return err
	}
	addr, err := netlink.ParseAddr("10.9.8.1/24")
	if err != nil {
		return err
	}
	return netlink.AddrAdd(v0, addr)
}

// inside runs f in the host's network namespace.
func (h *host) inside(f func()) {
	done := make(chan struct{})
	h.call <- func() { defer close(done); f() }
	<-done
}

func (h *host) path(name string) string { return filepath.Join(h.dir, name) }

func (h *host) write(name, text string) {
	h.t.Helper()
	must(h.t, os.WriteFile(h.path(name), []byte(text), 0o644))
}

// command prepares vipward with the host's files.
func (h *host) command(args ...string) *exec.Cmd {
	args = append([]string{"vipward", "-G", "-f", h.path("k.conf"), "-p", h.path("p"), "-r", h.path("r"), "-c", h.path("c")}, args...)
	return &exec.Cmd{
		Path: "/proc/self/exe", Args: args,
		Env: append(os.Environ(), mainEnv, "TMPDIR="+h.dir),
		// Children that outlive a failed test would hold the pipe of a plain buffer open.
		WaitDelay: 10 * time.Second,
	}
}

// start runs a command in the background; what it writes is collected.
func (h *host) start(cmd *exec.Cmd) *exec.Cmd {
	h.t.Helper()
	cmd.Stderr, cmd.Stdout = h, h
	var err error
	h.inside(func() { err = cmd.Start() })
	must(h.t, err)
	h.t.Cleanup(func() { _ = cmd.Process.Kill() })
	return cmd
}

// run runs a command to its end and gives its exit code and output.
func (h *host) run(args ...string) (int, string) {
	h.t.Helper()
	cmd := h.command(args...)
	var out []byte
	h.inside(func() { out, _ = cmd.CombinedOutput() })
	return cmd.ProcessState.ExitCode(), string(out)
}

// Write collects output.
func (h *host) Write(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.log.Write(b)
}

func (h *host) output() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.log.String()
}

// until polls until the condition holds.
func (h *host) until(what string, ok func() bool) {
	h.t.Helper()
	for deadline := time.Now().Add(limit); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			h.t.Fatalf("waited in vain: %s; log:\n%s", what, h.output())
		}
	}
}

// logged waits until the log has the text n times.
func (h *host) logged(n int, text string) {
	h.t.Helper()
	h.until("log line "+text, func() bool { return strings.Count(h.output(), text) >= n })
}

// pid is the number in a pid file.
func (h *host) pid(name string) int {
	h.t.Helper()
	text := readFile(h.t, h.path(name))
	pid, err := strconv.Atoi(strings.TrimSuffix(text, "\n"))
	must(h.t, err)
	return pid
}

func (h *host) exists(name string) bool {
	_, err := os.Lstat(h.path(name))
	return err == nil
}

func gone(pid int) bool { return syscall.Kill(pid, 0) != nil }

// addresses lists the addresses of v0.
func (h *host) addresses() string {
	h.t.Helper()
	var list []netlink.Addr
	var err error
	h.inside(func() {
		var v0 netlink.Link
		if v0, err = netlink.LinkByName("v0"); err == nil {
			list, err = netlink.AddrList(v0, netlink.FAMILY_V4)
		}
	})
	must(h.t, err)
	var out []string
	for _, a := range list {
		out = append(out, a.IPNet.String())
	}
	return strings.Join(out, " ")
}

// wait gives the exit code of a started command.
func (h *host) wait(cmd *exec.Cmd) int {
	h.t.Helper()
	done := make(chan struct{})
	go func() { _ = cmd.Wait(); close(done) }()
	select {
	case <-done:
		return cmd.ProcessState.ExitCode()
	case <-time.After(limit):
		h.t.Fatalf("it does not end; log:\n%s", h.output())
		return -1
	}
}

// runPlain runs a command whose output is a file, as a shell's: a daemon keeps no pipe open.
func (h *host) runPlain(cmd *exec.Cmd) (int, string) {
	h.t.Helper()
	f, err := os.Create(h.path("out"))
	must(h.t, err)
	defer f.Close()
	cmd.Stdout, cmd.Stderr = f, f
	h.inside(func() { _ = cmd.Run() })
	return cmd.ProcessState.ExitCode(), readFile(h.t, h.path("out"))
}
