// SPDX-License-Identifier: Apache-2.0

package track

import (
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"golang.org/x/net/bpf"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"
)

// processMessage makes a message as the kernel does: what happened, and the words of the
// event's data.
func processMessage(what uint32, data ...uint32) []byte {
	b := make([]byte, connData+24)
	binary.NativeEndian.PutUint32(b, uint32(len(b)))
	binary.NativeEndian.PutUint16(b[4:], unix.NLMSG_DONE)
	binary.NativeEndian.PutUint32(b[16:], connIndexProc)
	binary.NativeEndian.PutUint32(b[20:], connValueProc)
	binary.NativeEndian.PutUint16(b[32:], 40)
	binary.NativeEndian.PutUint32(b[connEvent:], what)
	for i, d := range data {
		binary.NativeEndian.PutUint32(b[connData+4*i:], d)
	}
	return b
}

// TestEventFilter passes what concerns whole processes and stops the rest.
func TestEventFilter(t *testing.T) {
	t.Parallel()
	vm, err := bpf.NewVM(eventFilter())
	must(t, err)
	const uid, sid, ptrace, coredump = 0x4, 0x80, 0x100, 0x40000000
	tests := []struct {
		name string
		msg  []byte
		pass bool
	}{
		{"answer", processMessage(eventNone), true},
		{"fork of a process", processMessage(eventFork, 10, 10, 11, 11), true},
		{"fork by a thread", processMessage(eventFork, 12, 10, 11, 11), true},
		{"new thread", processMessage(eventFork, 10, 10, 12, 10), false},
		{"execution", processMessage(eventExec, 10, 10), true},
		{"execution by a thread", processMessage(eventExec, 12, 10), true},
		{"name of a process", processMessage(eventComm, 10, 10), true},
		{"name of a thread", processMessage(eventComm, 12, 10), false},
		{"exit of a process", processMessage(eventExit, 10, 10, 0, 17), true},
		{"exit of a thread", processMessage(eventExit, 12, 10, 0, 17), false},
		{"user", processMessage(uid, 10, 10), false},
		{"session", processMessage(sid, 10, 10), false},
		{"trace", processMessage(ptrace, 10, 10), false},
		{"core dump", processMessage(coredump, 10, 10), false},
		{"too short", processMessage(eventExec)[:connEvent+2], false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n, err := vm.Run(tt.msg)
			if err != nil || n > 0 != tt.pass {
				t.Errorf("passes %d bytes, %v", n, err)
			}
			if tt.pass && n < len(tt.msg) {
				t.Errorf("cut to %d bytes", n)
			}
		})
	}
}

// TestDecodeProcessEvent reads what passes.
func TestDecodeProcessEvent(t *testing.T) {
	t.Parallel()
	other := processMessage(eventExec, 10, 10)
	binary.NativeEndian.PutUint32(other[16:], 9)
	tests := []struct {
		name string
		msg  []byte
		want processEvent
		ok   bool
	}{
		{"answer", processMessage(eventNone), processEvent{}, true},
		{"refusal", processMessage(eventNone, 1), processEvent{pid: 1}, true},
		{"fork", processMessage(eventFork, 12, 10, 11, 11), processEvent{what: eventFork, pid: 10, child: 11}, true},
		{"execution", processMessage(eventExec, 10, 10), processEvent{what: eventExec, pid: 10}, true},
		{"name", processMessage(eventComm, 10, 10), processEvent{what: eventComm, pid: 10}, true},
		{"exit", processMessage(eventExit, 10, 10), processEvent{what: eventExit, pid: 10}, true},
		{"user", processMessage(4, 10, 10), processEvent{what: 4}, false},
		{"another connector", other, processEvent{}, false},
		{"short", processMessage(eventExec, 10, 10)[:connData], processEvent{}, false},
		{"short fork", processMessage(eventFork, 12, 10, 11, 11)[:connData+12], processEvent{what: eventFork}, false},
		{"empty", nil, processEvent{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, ok := decodeProcessEvent(tt.msg)
			if diff := gocmp.Diff(tt.want, got, gocmp.AllowUnexported(processEvent{})); diff != "" || ok != tt.ok {
				t.Errorf("ok %v (-want +got):\n%s", ok, diff)
			}
		})
	}
}

// FuzzDecodeProcessEvent: no message makes it panic.
func FuzzDecodeProcessEvent(f *testing.F) {
	f.Add(processMessage(eventFork, 1, 2, 3, 4))
	f.Fuzz(func(t *testing.T, b []byte) {
		if ev, ok := decodeProcessEvent(b); ok && len(b) < connData+4 {
			t.Errorf("%+v out of %d bytes", ev, len(b))
		}
	})
}

// openForTest opens the connector, or skips where the kernel tells no events.
func openForTest(t testing.TB, rcvbuf int) *connector {
	t.Helper()
	c, err := openConnector(rcvbuf)
	if errors.Is(err, errNoEvents) {
		lacks(t, "process events (the initial network and process namespaces, root): "+err.Error())
	}
	must(t, err)
	t.Cleanup(func() { _ = c.close() })
	return c
}

// TestConnector hears the life of a process, and nothing of threads.
func TestConnector(t *testing.T) {
	t.Parallel()
	c := openForTest(t, 0)
	cmd := exec.Command("/bin/sh", "-c", "echo vwtest > /proc/$$/comm")
	must(t, cmd.Run())
	pid := cmd.Process.Pid
	end := time.Now().Add(patience)
	var got []uint32
	for {
		ev, err := c.next(end)
		must(t, err)
		switch {
		case ev.what == eventFork && ev.child == pid, ev.what != eventFork && ev.pid == pid:
			got = append(got, ev.what)
		case ev.what == eventFork && ev.child == ev.pid:
			t.Errorf("a thread: %+v", ev)
		}
		if ev.what == eventExit && ev.pid == pid {
			break
		}
	}
	if diff := gocmp.Diff([]uint32{eventFork, eventExec, eventComm, eventExit}, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// TestConnectorOverrun says that events were lost, and goes on.
func TestConnectorOverrun(t *testing.T) {
	t.Parallel()
	c := openForTest(t, 1)
	var g errgroup.Group
	for range 40 {
		g.Go(func() error { return exec.Command("/bin/true").Run() })
	}
	must(t, g.Wait())
	lost := false
	for end := time.Now().Add(patience); !lost && time.Now().Before(end); {
		_, err := c.next(end)
		lost = errors.Is(err, unix.ENOBUFS)
		if err != nil && !lost {
			t.Fatal(err)
		}
	}
	if !lost {
		t.Fatal("nothing lost")
	}
	must(t, exec.Command("/bin/true").Run())
	if _, err := c.next(time.Now().Add(patience)); err != nil && !errors.Is(err, unix.ENOBUFS) {
		t.Errorf("after the overrun: %v", err)
	}
}

// TestConnectorElsewhere: in another network namespace the kernel refuses.
func TestConnectorElsewhere(t *testing.T) {
	t.Parallel()
	inNewNamespace(t, func() {
		c, err := openConnector(0)
		if !errors.Is(err, errNoEvents) {
			t.Errorf("%v", err)
		}
		if c != nil {
			_ = c.close()
		}
	})
}

// inNewNamespace calls f on a thread that ends with its new network namespace.
func inNewNamespace(t *testing.T, f func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		lacks(t, "root")
	}
	var g errgroup.Group
	g.Go(func() error {
		runtime.LockOSThread()
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return err
		}
		f()
		return nil
	})
	must(t, g.Wait())
}
