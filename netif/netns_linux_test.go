// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// lacks skips a test for a named capability; in CI that is a failure.
func lacks(t testing.TB, capability string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("this machine lacks %s", capability)
	}
	t.Skipf("this machine lacks %s", capability)
}

// namespace puts the test on a thread of its own in a new network namespace with two ends
// of a veth pair, a (02:00:00:00:00:0a) and b (02:00:00:00:00:0b), both up, and gives
// their indices. The thread is never unlocked: it ends with the test, and the namespace
// with it.
func namespace(t testing.TB) (a, b int) {
	t.Helper()
	if _, err := exec.LookPath("ip"); err != nil {
		lacks(t, "ip(8) of iproute2")
	}
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNET); errors.Is(err, unix.EPERM) {
		lacks(t, "CAP_SYS_ADMIN for network namespaces")
	} else if err != nil {
		t.Fatal(err)
	}
	ip(t, "link add name a address 02:00:00:00:00:0a type veth peer name b address 02:00:00:00:00:0b")
	for _, dev := range []string{"a", "b"} { // no addresses but those of the test
		ip(t, "link set dev "+dev+" addrgenmode none")
	}
	up(t, "a", "b")
	return index(t, "a"), index(t, "b")
}

// up sets interfaces up and waits until they are running: before that the kernel drops
// without an error what is sent.
func up(t testing.TB, names ...string) {
	t.Helper()
	for _, name := range names {
		ip(t, "link set dev "+name+" up")
	}
	for _, name := range names {
		eventually(t, name+" is running", func() bool {
			ifi, err := net.InterfaceByName(name)
			return err == nil && ifi.Flags&net.FlagRunning != 0
		})
	}
}

// eventually polls until it holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 10 s: %s", what)
		}
	}
}

// ip runs ip(8) in the namespace of the test.
func ip(t testing.TB, args string) string {
	t.Helper()
	out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput()
	if err != nil {
		t.Fatalf("ip %s: %v: %s", args, err, out)
	}
	return string(out)
}

func index(t testing.TB, name string) int {
	t.Helper()
	ifi, err := net.InterfaceByName(name)
	if err != nil {
		t.Fatal(err)
	}
	return ifi.Index
}

// sysctl sets a value of the namespace's network.
func sysctl(t testing.TB, key, value string) {
	t.Helper()
	if err := os.WriteFile("/proc/sys/net/"+key, []byte(value), 0); err != nil {
		t.Fatal(err)
	}
}

func itoa(n int) string { return strconv.Itoa(n) }
