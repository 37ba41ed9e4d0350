// SPDX-License-Identifier: Apache-2.0

package ipvs

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"vipward/internal/lab"

	"github.com/google/go-cmp/cmp"
)

// Without IPVS the error says so; with it there is none.
func TestOpen(t *testing.T) {
	k, err := Open()
	if !lab.HasIPVS() {
		if !errors.Is(err, ErrNoIPVS) || k != nil {
			t.Fatalf("Open() = %v, %v, want ErrNoIPVS", k, err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Close(); err != nil {
		t.Error(err)
	}
}

func table(t *testing.T, k Kernel) Table {
	t.Helper()
	table, err := k.Table()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func apply(t *testing.T, k Kernel, ops ...Op) {
	t.Helper()
	if err := errors.Join(k.Apply(ops)...); err != nil {
		t.Fatal(err)
	}
}

func testAnyToAny(t *testing.T, h *lab.Host, k Kernel) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	for step := range 60 {
		want := randomTable(r)
		apply(t, k, Plan(table(t, k), want)...)
		got := table(t, k)
		if diff := cmp.Diff(SortedDump(want), SortedDump(got)); diff != "" {
			t.Fatalf("seed %d step %d (-want +got):\n%s", seed, step, diff)
		}
		if again := Plan(got, want); len(again) != 0 {
			t.Fatalf("seed %d step %d: the table is as wanted, but %v is planned", seed, step, again)
		}
		if diff := cmp.Diff(sorted(want.String()), sorted(h.Run("ipvsadm", "-Sn"))); diff != "" {
			t.Fatalf("seed %d step %d, ipvsadm (-want +got):\n%s", seed, step, diff)
		}
	}
}

// The real table forgives what the strict fake does not: others may have
// changed it.
func testForgives(t *testing.T, _ *lab.Host, k Kernel) {
	svc, d := service("10.9.0.1:80"), dest("127.0.0.11:80", 1)
	wlc, heavy := svc, d
	wlc.Scheduler, heavy.Weight = "wlc", 70000
	other := dest("127.0.0.12:80", 2)

	apply(t, k,
		Op{Verb: AddService, Service: &svc}, Op{Verb: AddService, Service: &wlc}, // there
		Op{Verb: AddDest, Service: &svc, Dest: &d}, Op{Verb: AddDest, Service: &svc, Dest: &heavy}, // there
		Op{Verb: EditDest, Service: &svc, Dest: &other},                                                                         // not there
		Op{Verb: EditService, Service: new(service("10.9.0.2:80"))},                                                             // not there
		Op{Verb: DelDest, Service: &svc, Dest: new(dest("127.0.0.99:80", 1))},                                                   // not there
		Op{Verb: DelDest, Service: new(service("10.9.0.9:80")), Dest: &d},                                                       // service not there
		Op{Verb: DelService, Service: new(service("10.9.0.9:80"))},                                                              // not there
		Op{Verb: EditDest, Service: new(service("10.9.0.2:80")), Dest: &d}, Op{Verb: DelDest, Service: &wlc, Dest: new(Dest{})}, // empty destination
	)
	want := Table{{Service: wlc, Dests: []Dest{heavy, other}}, entry("10.9.0.2:80", d)}
	if diff := cmp.Diff(SortedDump(want), SortedDump(table(t, k))); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}

func testReports(t *testing.T, _ *lab.Host, k Kernel) {
	svc := service("10.9.0.1:80")
	bogus := service("10.9.0.2:80")
	bogus.Scheduler = "bogus"
	errs := k.Apply([]Op{
		{Verb: AddService, Service: &svc},
		{Verb: AddService, Service: &bogus},
		{Verb: AddDest, Service: &bogus, Dest: new(dest("127.0.0.11:80", 1))},
		{Verb: AddDest, Service: &svc, Dest: new(dest("127.0.0.12:80", 1))},
	})
	if errs[0] != nil || errs[3] != nil {
		t.Errorf("good ops beside bad ones: %v, %v", errs[0], errs[3])
	}
	if !errors.Is(errs[1], syscall.ENOENT) || !strings.Contains(errs[1].Error(), "-A -t 10.9.0.2:80 -s bogus") {
		t.Errorf("unknown scheduler: %v", errs[1])
	}
	if !errors.Is(errs[2], syscall.ESRCH) {
		t.Errorf("destination without a service: %v", errs[2])
	}
}

// Services of others are listed with all that would make them differ.
func testForeign(t *testing.T, h *lab.Host, k Kernel) {
	for _, line := range []string{
		"-A -f 1 -s rr", "-a -f 1 -r 127.0.0.11:0 -g -w 1",
		"-A -f 2 -6 -s rr -p 60 -M 64", "-a -f 2 -6 -r [fd00::11]:80 -m -w 1",
		"-A -u 10.9.0.4:80 -s wlc -o", "-A -t 10.9.0.5:80 -s none", "-A -t 10.9.0.9:80 -s sh -b sh-port,sh-fallback",
		"-A -f 3 -s rr", "-a -f 3 -r 127.0.0.11:0 -i -w 1 --tun-type gue --tun-port 6080 --tun-csum",
		"-a -f 3 -r [fd00::11]:0 -i -w 1 --tun-type gre --tun-nocsum",
		"-A --sctp-service 10.9.0.19:80 -s wlc",
		"-A -t 10.9.0.6:80 -s mh -p 360 -M 255.255.255.0 -b mh-port",
	} {
		h.Run(append([]string{"ipvsadm"}, strings.Fields(line)...)...)
	}
	if diff := cmp.Diff(sorted(h.Run("ipvsadm", "-Sn")), sorted(table(t, k).String())); diff != "" {
		t.Errorf("table (-ipvsadm +ours):\n%s", diff)
	}
}

func testMany(t *testing.T, h *lab.Host, k Kernel) {
	want := bigTable(1000)
	start := time.Now()
	ops := Plan(nil, want)
	apply(t, k, ops...)
	t.Logf("%d ops written in %v", len(ops), time.Since(start))
	if diff := cmp.Diff(sorted(want.String()), sorted(h.Run("ipvsadm", "-Sn"))); diff != "" {
		t.Fatalf("table (-want +got):\n%s", diff)
	}
	if n := strings.Count(h.Run("cat", "/proc/net/ip_vs"), "Masq"); n != 1000 {
		t.Errorf("/proc/net/ip_vs has %d destinations", n)
	}
	start = time.Now()
	have := table(t, k)
	t.Logf("read back in %v", time.Since(start))
	apply(t, k, Plan(have, nil)...)
	if left := table(t, k); len(left) != 0 {
		t.Errorf("left: %s", left)
	}
}

// A lost answer must not be taken for success, and must not be taken for the
// answer to a later request.
func testLateAnswers(t *testing.T, _ *lab.Host, k Kernel) {
	c := k.(*kernel).conn
	c.seq++
	c.out.b = c.out.b[:0]
	c.out.op(c.family, c.seq, Op{Verb: DelService, Service: new(service("10.9.0.1:80"))}) // refused: ESRCH
	if err := c.Send(c.out.b); err != nil {
		t.Fatal(err)
	}
	apply(t, k, Op{Verb: AddService, Service: new(service("10.9.0.1:80"))})
	if got := fmt.Sprint(table(t, k)); got != "-A -t 10.9.0.1:80 -s rr\n" {
		t.Errorf("table: %s", got)
	}
}

// What is not said stays.
func testTimeouts(t *testing.T, h *lab.Host, k Kernel) {
	if err := k.SetTimeouts(Timeouts{TCP: 700 * time.Second, TCPFin: 100 * time.Second, UDP: 200 * time.Second}); err != nil {
		t.Fatal(err)
	}
	if err := k.SetTimeouts(Timeouts{UDP: 250 * time.Second}); err != nil {
		t.Fatal(err)
	}
	want := Timeouts{TCP: 700 * time.Second, TCPFin: 100 * time.Second, UDP: 250 * time.Second}
	if got, err := k.Timeouts(); err != nil || got != want {
		t.Errorf("timeouts %+v, %v, want %+v", got, err, want)
	}
	if got := h.Run("ipvsadm", "-l", "--timeout"); !strings.Contains(got, "700 100 250") {
		t.Errorf("ipvsadm says %q", got)
	}
}

func testFlush(t *testing.T, h *lab.Host, k Kernel) {
	h.Run("ipvsadm", "-A", "-t", "10.9.0.1:80", "-s", "rr")
	if err := k.Flush(); err != nil {
		t.Fatal(err)
	}
	if left := table(t, k); len(left) != 0 {
		t.Errorf("left: %s", left)
	}
}
