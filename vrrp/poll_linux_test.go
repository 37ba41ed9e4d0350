// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func testPoller(t *testing.T) *poller {
	t.Helper()
	p, err := newPoller()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.close)
	return p
}

func TestPollerDeadline(t *testing.T) {
	t.Parallel()
	p := testPoller(t)
	for range 3 { // the same timer again and again
		deadline := time.Now().Add(2 * time.Millisecond)
		if _, err := p.wait(deadline); err != nil {
			t.Fatal(err)
		}
		if time.Now().Before(deadline) {
			t.Errorf("wait returned before the deadline")
		}
	}
}

func TestPollerPastDeadline(t *testing.T) {
	t.Parallel()
	p := testPoller(t)
	past := time.Now().Add(-time.Hour)
	for range 2 { // must return both times, though the deadline is equal
		if _, err := p.wait(past); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPollerKick(t *testing.T) {
	t.Parallel()
	p := testPoller(t)
	p.kick()
	p.kick()
	ready, err := p.wait(time.Time{})
	if err != nil || len(ready) != 0 {
		t.Fatalf("wait = %v, %v; want no socket", ready, err)
	}
}

func TestPollerSocket(t *testing.T) {
	t.Parallel()
	p := testPoller(t)
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = unix.Close(fds[0]), unix.Close(fds[1]) })
	if err := p.add(fds[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := unix.Write(fds[1], []byte("x")); err != nil {
		t.Fatal(err)
	}
	ready, err := p.wait(time.Time{})
	if err != nil || !slices.Equal(ready, []int{fds[0]}) {
		t.Fatalf("wait = %v, %v; want %d", ready, err, fds[0])
	}
	p.remove(fds[0])
	p.kick()
	if ready, err = p.wait(time.Time{}); err != nil || len(ready) != 0 {
		t.Fatalf("wait after remove = %v, %v; want no socket", ready, err)
	}
}
