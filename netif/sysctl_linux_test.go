// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// openSysctls counts the descriptors of this process for settings of networks.
func openSysctls(t testing.TB) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, e := range list {
		if to, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && strings.HasPrefix(to, "/proc/sys/net/") {
			n++
		}
	}
	return n
}

// A file that stays open is that of the link that has the name now.
func TestKeptFilesFollowNames(t *testing.T) {
	namespace(t)
	p := &procFiles{}
	const file = "ipv4/conf/b/arp_ignore"
	read := func(want int) {
		t.Helper()
		if v, err := p.read(file); err != nil || v != want {
			t.Errorf("read %d, %v; want %d", v, err, want)
		}
	}
	list := []Sysctl{{Path: arpIgnore, at: file}, {Path: arpIgnore, at: "ipv4/conf/none/arp_ignore"}}
	before := openSysctls(t)
	p.keep(list)
	p.keep(list)
	if n := openSysctls(t) - before; n != 1 {
		t.Errorf("%d files are open, want that of the link that is there", n)
	}
	sysctl(t, file, "1")
	read(1)

	ip(t, "link set dev b down")
	ip(t, "link set dev b name was-b")
	if v, err := p.read(file); err == nil {
		t.Errorf("read %d of a link that has another name", v)
	}
	ip(t, "link add link a name b type macvlan")
	read(0)
	p.keep(list)
	sysctl(t, file, "2")
	read(2)
	ip(t, "link del dev b")
	if v, err := p.read(file); err == nil {
		t.Errorf("read %d of a link that is gone", v)
	}
	p.keep(nil)
	if n := openSysctls(t); n != before {
		t.Errorf("%d files are open in the end, were %d", n, before)
	}
}

// Few descriptors are left to others: then files are opened each time.
func TestKeptFilesAreBounded(t *testing.T) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	few := limit
	few.Cur = 200
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &few); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Setrlimit(unix.RLIMIT_NOFILE, &limit) })
	p := &procFiles{}
	t.Cleanup(func() { p.keep(nil) })
	var list []Sysctl
	for range 1000 {
		list = append(list, Sysctl{at: "ipv4/conf/lo/arp_ignore"})
	}
	list[0].at = "ipv4/conf/all/arp_ignore"
	list[999].at = "ipv4/conf/default/arp_ignore"
	p.keep(list)
	if got := mayKeep(); got != 50 || len(p.kept) != 2 {
		t.Errorf("%d files may be open, %d are", got, len(p.kept))
	}
	if _, err := p.read("ipv4/conf/default/arp_ignore"); err != nil {
		t.Error(err)
	}
}

// Who writes a setting that is looked at is told of, and nobody else.
func TestWatchSettings(t *testing.T) {
	namespace(t)
	l := openLinks(t, LinkMemory{})
	r := set(t, l, LinkWish{Links: []Virtual{vmac4()}})
	if r.Blind {
		t.Fatal("there is no watch")
	}
	told := make(chan struct{}, 100)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.Watch(ctx, func() { told <- struct{}{} }) }()
	for _, file := range []string{"ipv4/conf/vrrp.51/rp_filter", "ipv4/conf/a/arp_ignore", "ipv6/conf/vrrp.51/disable_ipv6"} {
		sysctl(t, "ipv4/conf/b/arp_ignore", "1") // not looked at
		for len(told) > 0 {
			<-told
		}
		was, err := (&procFiles{}).read(file)
		if err != nil {
			t.Fatal(err)
		}
		sysctl(t, file, itoa(1-was))
		eventually(t, "news of "+file, func() bool { return len(told) > 0 })
		if got := l.Check(); len(got) != 1 || got[0].Value != was || got[0].Err != nil {
			t.Errorf("%s: put back %+v", file, got)
		}
		eventually(t, "news of our own write", func() bool { return len(told) > 0 })
	}
	for quiet := false; !quiet; { // a write may be reported twice, and late on a busy machine
		select {
		case <-told:
		case <-time.After(200 * time.Millisecond):
			quiet = true
		}
	}
	sysctl(t, "ipv4/conf/b/arp_ignore", "0")
	cancel()
	if err := <-ended; err != nil || len(told) > 0 {
		t.Errorf("ended with %v, after %d more reports", err, len(told))
	}
}

// BenchmarkCheck looks at all settings of VMACs, as it is done ten times a second.
func BenchmarkCheck(b *testing.B) {
	for _, n := range []int{1, 250} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			namespace(b)
			l, err := OpenLinks()
			if err != nil {
				b.Fatal(err)
			}
			defer l.Close()
			var w LinkWish
			for i := range n {
				v := vmac4()
				v.Key, v.VRID, v.MAC = itoa(i), uint8(i+1), RouterMAC(uint8(i+1), false)
				w.Links = append(w.Links, v)
			}
			if r := l.Set(w); r.Err != nil || len(r.At) != n {
				b.Fatalf("%d made, %v", len(r.At), r.Err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if got := l.Check(); got != nil {
					b.Fatal(got)
				}
			}
		})
	}
}
