// SPDX-License-Identifier: Apache-2.0

package ipvs

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"strings"
	"syscall"
	"testing"

	"vipward/internal/lab"

	"github.com/google/go-cmp/cmp"
)

var (
	syncGroup4 = netip.MustParseAddr("224.0.0.81")
	syncGroup6 = netip.MustParseAddr("ff05::81")
	equalAddr  = cmp.Comparer(func(a, b netip.Addr) bool { return a == b })
)

// The values are those of kernel 6.1.
func TestDaemonResolved(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		mtu  int
		in   Daemon
		want Daemon
	}{
		{"master", 9000, Daemon{Side: Master, Interface: "d0", ID: 7}, Daemon{Master, "d0", 7, 1472, syncGroup4, 8848, 1}},
		{"backup takes the MTU", 9000, Daemon{Side: Backup, Interface: "d0"}, Daemon{Backup, "d0", 0, 8972, syncGroup4, 8848, 1}},
		{"but not a small one", 1280, Daemon{Side: Backup, Interface: "d0"}, Daemon{Backup, "d0", 0, 1472, syncGroup4, 8848, 1}},
		{"IPv6", 1500, Daemon{Side: Master, Group: syncGroup6}, Daemon{Master, "", 0, 1452, syncGroup6, 8848, 1}},
		{"all given", 1500, Daemon{Master, "d0", 1, 700, syncGroup6, 99, 3}, Daemon{Master, "d0", 1, 700, syncGroup6, 99, 3}},
		{"too little for a backup", 1500, Daemon{Side: Backup, MaxLen: 700}, Daemon{Backup, "", 0, 1024, syncGroup4, 8848, 1}},
		{"too much", 1500, Daemon{Side: Master, MaxLen: 65535}, Daemon{Master, "", 0, 65507, syncGroup4, 8848, 1}},
		{"no interface", 0, Daemon{Side: Backup}, Daemon{Backup, "", 0, 1472, syncGroup4, 8848, 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, tt.in.resolved(tt.mtu), equalAddr); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestPlanDaemons(t *testing.T) {
	t.Parallel()
	mtu := func(string) int { return 1500 }
	master, backup := Daemon{Side: Master, Interface: "d0", ID: 1}, Daemon{Side: Backup, Interface: "d0", ID: 1}
	other := backup
	other.ID = 2
	runs := func(l ...Daemon) []Daemon {
		for i := range l {
			l[i] = l[i].resolved(1500)
		}
		return l
	}
	tests := []struct {
		name       string
		have, want []Daemon
		stop       []Side
		start      []Daemon
	}{
		{name: "nothing"},
		{name: "start", want: []Daemon{master, backup}, start: []Daemon{master, backup}},
		{name: "runs", have: runs(backup, master), want: []Daemon{master, backup}},
		{name: "stop", have: runs(master, backup), stop: []Side{Master, Backup}},
		{name: "other side", have: runs(backup), want: []Daemon{master}, stop: []Side{Backup}, start: []Daemon{master}},
		{name: "other settings", have: runs(master, other), want: []Daemon{master, backup}, stop: []Side{Backup}, start: []Daemon{backup}},
		{name: "one is gone", have: runs(master), want: []Daemon{master, backup}, start: []Daemon{backup}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			stop, start := planDaemons(tt.have, tt.want, mtu)
			if diff := cmp.Diff(tt.stop, stop); diff != "" {
				t.Errorf("stop (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.start, start, equalAddr); diff != "" {
				t.Errorf("start (-want +got):\n%s", diff)
			}
		})
	}
}

// TestDaemonMessages compares with keepalived's requests, as they were recorded: it sends
// the id with the stop as well, which the kernel does not look at.
func TestDaemonMessages(t *testing.T) {
	t.Parallel()
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Skip("the expected text is for little-endian machines")
	}
	var m message
	m.startDaemon(33, 1, Daemon{Side: Master, Interface: "d0", ID: 12})
	m.startDaemon(33, 2, Daemon{Backup, "d0", 12, 1400, netip.MustParseAddr("224.0.0.99"), 8849, 3})
	m.startDaemon(33, 3, Daemon{Side: Backup, Interface: "d0", Group: syncGroup6})
	m.stopDaemon(33, 4, Backup)
	m.daemons(33, 5)
	want := `type 33 flags 0x5 seq 1 cmd 9
  3: 1=01000000 2=643000 3=0c000000
type 33 flags 0x5 seq 2 cmd 9
  3: 1=02000000 2=643000 3=0c000000 4=7805 5=e0000063 7=9122 8=03
type 33 flags 0x5 seq 3 cmd 9
  3: 1=02000000 2=643000 3=00000000 6=ff050000000000000000000000000081
type 33 flags 0x1 seq 0 cmd 10
  3: 1=02000000
type 33 flags 0x5 seq 4 cmd 10
  3: 1=02000000
type 33 flags 0x301 seq 5 cmd 11
0 bytes left
`
	if diff := cmp.Diff(want, dumpMessages(m.b)); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}

// daemonListing is how the kernel answers: like the request to start it.
func daemonListing(d Daemon) []byte {
	var m message
	m.startDaemon(0, 0, d)
	return m.b[headerLen-genlHeaderLen:]
}

func TestDecodeDaemon(t *testing.T) {
	t.Parallel()
	for _, want := range []Daemon{
		{Side: Master, Interface: "d0", ID: 255}, {Backup, "eth0.100", 1, 1400, syncGroup4, 8849, 3}, {Master, "d0", 1, 1, syncGroup6, 1, 255},
	} {
		whole := daemonListing(want)
		if got, ok := decodeDaemon(whole); !ok || got != want {
			t.Errorf("decoded %+v, %t, want %+v", got, ok, want)
		}
		for n := range len(whole) - 1 {
			if d, ok := decodeDaemon(whole[:n]); ok {
				t.Errorf("decoded %+v from the first %d of %d bytes", d, n, len(whole))
			}
		}
	}
	if d, ok := decodeDaemon(daemonListing(Daemon{Interface: "d0"})); ok {
		t.Errorf("decoded %+v, which has no side", d)
	}
}

func FuzzDecodeDaemon(f *testing.F) {
	f.Add(daemonListing(Daemon{Backup, "eth0.100", 1, 1400, syncGroup4, 8849, 3}))
	f.Add(daemonListing(Daemon{Side: Master}))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, ok := decodeDaemon(b)
		if !ok {
			return
		}
		if again, ok := decodeDaemon(daemonListing(d)); !ok || again.Side != d.Side || again.Interface != d.Interface {
			t.Errorf("%+v came back as %+v, %t", d, again, ok)
		}
	})
}

// listed gives what ipvsadm says about the sync daemons, sorted.
func listed(h *lab.Host) string {
	return strings.Join(sorted(h.Run("ipvsadm", "--list", "--daemon")), "\n")
}

// testDaemons leads sync daemons through a life. ipvsadm is the judge, and does harm.
func testDaemons(t *testing.T, h *lab.Host, k Kernel) {
	h.Run("ip", "link", "add", "d0", "type", "dummy")
	h.Run("ip", "link", "set", "d0", "up", "multicast", "on")
	h.Run("ip", "addr", "add", "10.77.0.1/24", "dev", "d0")
	master, backup := Daemon{Side: Master, Interface: "d0", ID: 12}, Daemon{Side: Backup, Interface: "d0", ID: 12}
	special := Daemon{Backup, "d0", 13, 1400, netip.MustParseAddr("224.0.0.99"), 8849, 3}
	set := func(changes int, want ...Daemon) {
		t.Helper()
		n, err := k.SetDaemons(want)
		if err != nil || n != changes {
			t.Fatalf("set %v: %d changes, want %d, %v", want, n, changes, err)
		}
		if n, err := k.SetDaemons(want); err != nil || n != 0 {
			t.Errorf("set %v again: %d changes, %v", want, n, err)
		}
		var show []string
		for _, d := range want {
			show = append(show, d.resolved(1500).String())
		}
		if diff := cmp.Diff(strings.Join(sorted(strings.Join(show, "\n")), "\n"), listed(h)); diff != "" {
			t.Errorf("set %v (-want +ipvsadm):\n%s", want, diff)
		}
	}
	set(0)
	for range 5 { // before the threads ran
		set(2, master, backup)
		set(2)
	}
	set(2, master, backup)
	set(1, master)
	set(1, backup)
	set(1, special)
	h.Run("ipvsadm", "--stop-daemon", "backup")
	set(1, special)
	set(2, master, backup)
	h.Run("ip", "link", "set", "d0", "mtu", "9000")
	if n, err := k.SetDaemons([]Daemon{master, backup}); err != nil || n != 1 {
		t.Errorf("after a change of the MTU: %d changes, %v", n, err)
	}
	mixed := []Op{
		{Verb: AddService, Service: new(Service{Key: Key{Addr: netip.MustParseAddr("10.77.0.1"), Port: 80, Protocol: 6}, Scheduler: "rr"})},
		{
			Verb: AddDest, Service: new(Service{Key: Key{Addr: netip.MustParseAddr("10.77.0.1"), Port: 80, Protocol: 6}}),
			Dest: new(Dest{Addr: netip.MustParseAddr("2001:db8::1"), Port: 80, Weight: 1, Method: Tunnel}),
		},
	}
	if errs := k.Apply(mixed); errs[0] != nil || !errors.Is(errs[1], syscall.EINVAL) {
		t.Errorf("a server of the other family while connections are synchronised: %v, want EINVAL", errs)
	}
	set(2)
	if err := errors.Join(k.Apply(mixed)...); err != nil {
		t.Errorf("a server of the other family: %v", err)
	}
	if _, err := k.SetDaemons([]Daemon{master}); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("a sync daemon beside it: %v, want EINVAL", err)
	}
	if err := errors.Join(k.Apply([]Op{{Verb: DelService, Service: mixed[0].Service}})...); err != nil {
		t.Error(err)
	}
	if _, err := k.SetDaemons([]Daemon{{Side: Master, Interface: "nowhere", ID: 1}}); !errors.Is(err, syscall.ENODEV) {
		t.Errorf("an interface that is not there: %v", err)
	}
}
