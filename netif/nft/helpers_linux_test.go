// SPDX-License-Identifier: Apache-2.0

package nft

import (
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

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

// namespace puts the test on a thread of its own in a new network namespace with the ends of
// two veth pairs, eth0 and peer0, eth1 and peer1. The thread ends with the test.
func namespace(t testing.TB) {
	t.Helper()
	for _, tool := range []string{"ip", "nft"} {
		if _, err := exec.LookPath(tool); err != nil {
			lacks(t, tool)
		}
	}
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNET); errors.Is(err, unix.EPERM) {
		lacks(t, "CAP_SYS_ADMIN for network namespaces")
	} else if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("nft", "add", "table", "ip", "probe").CombinedOutput(); err != nil {
		lacks(t, "nf_tables: "+string(out))
	}
	run(t, "nft delete table ip probe")
	run(t, "ip link add eth0 address 02:00:00:00:00:0a type veth peer name peer0 address 02:00:00:00:00:0b")
	run(t, "ip link add eth1 address 02:00:00:00:01:0a type veth peer name peer1")
	for _, dev := range []string{"lo", "eth0", "eth1", "peer0", "peer1"} {
		run(t, "ip link set "+dev+" up")
	}
}

// vmac makes a macvlan.
func vmac(t testing.TB, name, parent, mac string) {
	t.Helper()
	run(t, "ip link add link "+parent+" name "+name+" address "+mac+" type macvlan mode private")
	run(t, "ip link set "+name+" up")
}

func run(t testing.TB, command string) string {
	t.Helper()
	args := strings.Fields(command)
	out, err := exec.Command(args[0], args[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", command, err, out)
	}
	return string(out)
}

func ruleset(t testing.TB) string { return run(t, "nft list ruleset") }

func index(t testing.TB, name string) int {
	t.Helper()
	ifi, err := net.InterfaceByName(name)
	if err != nil {
		t.Fatal(err)
	}
	return ifi.Index
}

func open(t testing.TB) *Firewall {
	t.Helper()
	f := New(slog.New(slog.NewTextHandler(t.Output(), nil)))
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func mustSet(t testing.TB, f *Firewall, r Rules) {
	t.Helper()
	if err := f.Set(r); err != nil {
		t.Fatal(err)
	}
}

// recording reads a ruleset that keepalived made.
func recording(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name+".nft"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var (
	elementLists = regexp.MustCompile(`elements = \{[^}]*\}`)
	counts       = regexp.MustCompile(`packets \d+ bytes \d+`)
)

// plain makes rulesets comparable: the elements of a set in order, in one line, no blank
// lines, no counts.
func plain(text string) []string {
	text = elementLists.ReplaceAllStringFunc(text, func(s string) string {
		list := strings.Split(strings.TrimSuffix(strings.TrimPrefix(s, "elements = {"), "}"), ",")
		for i := range list {
			list[i] = strings.TrimSpace(list[i])
		}
		slices.Sort(list)
		return "elements = { " + strings.Join(list, ", ") + " }"
	})
	text = counts.ReplaceAllString(text, "packets 0 bytes 0")
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, " \n"); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

func written(list []*table) string {
	var b strings.Builder
	for _, t := range list {
		b.WriteString(t.String())
	}
	return b.String()
}

func vip(addr, dev string, index int) VIP {
	return VIP{Addr: netip.MustParseAddr(addr), Name: dev, Index: index}
}
