// SPDX-License-Identifier: Apache-2.0

package ipvs

import (
	"errors"
	"math/rand/v2"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRemedy(t *testing.T) {
	t.Parallel()
	errs := map[string]error{
		"EEXIST": syscall.EEXIST, "ENOENT": syscall.ENOENT, "ESRCH": syscall.ESRCH, "EINVAL": syscall.EINVAL,
	}
	want := map[string]string{
		"AddService EEXIST": "EditService", "AddDest EEXIST": "EditDest",
		"EditService ESRCH": "AddService",
		"EditDest ENOENT":   "AddDest", "EditDest ESRCH": "AddDest",
		"DelService ENOENT": "nothing", "DelService ESRCH": "nothing",
		"DelDest ENOENT": "nothing", "DelDest ESRCH": "nothing",
	}
	names := map[Verb]string{
		0: "nothing", AddService: "AddService", EditService: "EditService", DelService: "DelService",
		AddDest: "AddDest", EditDest: "EditDest", DelDest: "DelDest",
	}
	got := map[string]string{}
	for verb := AddService; verb <= DelDest; verb++ {
		for name, err := range errs {
			if instead, ok := remedy(verb, err); ok {
				got[names[verb]+" "+name] = names[instead]
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("remedies (-want +got):\n%s", diff)
	}
}

// A table that others have changed is brought to what is wanted all the same.
func TestSettle(t *testing.T) {
	t.Parallel()
	svc, d := service("10.9.0.1:80"), dest("127.0.0.11:80", 1)
	wlc, heavy := svc, d
	wlc.Scheduler, heavy.Weight = "wlc", 70000
	kernel := &fakeSocket{table: map[Key]*Entry{}}
	kernel.prepare(Op{Verb: AddService, Service: &svc}, Op{Verb: AddDest, Service: &svc, Dest: &d})
	c := &conn{socket: kernel}
	errs := c.settle([]Op{
		{Verb: AddService, Service: &wlc},
		{Verb: AddDest, Service: &svc, Dest: &heavy},
		{Verb: EditService, Service: new(service("10.9.0.2:80"))},
		{Verb: EditDest, Service: new(service("10.9.0.2:80")), Dest: &d},
		{Verb: DelDest, Service: &svc, Dest: new(dest("127.0.0.99:80", 1))},
		{Verb: DelService, Service: new(service("10.9.0.9:80"))},
	})
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	want := Table{{Service: wlc, Dests: []Dest{heavy}}, entry("10.9.0.2:80", d)}
	if diff := cmp.Diff(SortedDump(want), SortedDump(kernel.all())); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}

func TestSettleReports(t *testing.T) {
	t.Parallel()
	c := &conn{socket: &fakeSocket{table: map[Key]*Entry{}}}
	err := c.settle([]Op{{Verb: AddDest, Service: new(service("10.9.0.1:80")), Dest: new(dest("127.0.0.11:80", 1))}})[0]
	if !errors.Is(err, syscall.ESRCH) || err.Error() != "ipvs -a -t 10.9.0.1:80 -r 127.0.0.11:80 -m -w 1: no such process" {
		t.Errorf("error: %v", err)
	}
}

// TestSettleAnyToAny sends random changes through the encoder to a kernel that
// decodes them.
func TestSettleAnyToAny(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	kernel := &fakeSocket{table: map[Key]*Entry{}}
	c := &conn{socket: kernel, family: 33}
	for step := range 500 {
		want := randomTable(r)
		if err := errors.Join(c.settle(Plan(kernel.all(), want))...); err != nil {
			t.Fatalf("seed %d step %d: %v", seed, step, err)
		}
		if diff := cmp.Diff(SortedDump(want), SortedDump(kernel.all())); diff != "" {
			t.Fatalf("seed %d step %d (-want +got):\n%s", seed, step, diff)
		}
	}
}
