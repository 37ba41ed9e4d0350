// SPDX-License-Identifier: Apache-2.0

package ipvs_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"

	"vipward/ipvs"
	"vipward/ipvs/ipvsfake"

	"github.com/google/go-cmp/cmp"
)

// TestAnyToAny jumps between random tables. The fake is strict, so every op
// must fit, and the table must be the wanted one afterwards.
func TestAnyToAny(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	fake := ipvsfake.New(nil)
	for step := range 2000 {
		have, err := fake.Table()
		if err != nil {
			t.Fatal(err)
		}
		want := ipvs.RandomTable(r)
		ops := ipvs.Plan(have, want)
		if err := errors.Join(fake.Apply(ops)...); err != nil {
			t.Fatalf("seed %d step %d: %v", seed, step, err)
		}
		got, _ := fake.Table()
		if diff := cmp.Diff(ipvs.SortedDump(want), ipvs.SortedDump(got)); diff != "" {
			t.Fatalf("seed %d step %d (-want +got):\n%s", seed, step, diff)
		}
		if again := ipvs.Plan(got, want); len(again) != 0 {
			t.Fatalf("seed %d step %d: the table is as wanted, but %v is planned", seed, step, again)
		}
		if need := len(ipvs.SortedDump(have)) + len(ipvs.SortedDump(want)); len(ops) > need {
			t.Fatalf("seed %d step %d: %d ops for %d entries", seed, step, len(ops), need)
		}
	}
}

func TestFakeIsStrict(t *testing.T) {
	t.Parallel()
	table := ipvs.RandomTable(rand.New(rand.NewPCG(1, 1)))
	i := slices.IndexFunc(table, func(e ipvs.Entry) bool { return len(e.Dests) > 0 })
	svc, d := table[i].Service, table[i].Dests[0]
	other, nowhere := d, svc
	other.Port++
	nowhere.Port++

	tests := []struct {
		op   ipvs.Op
		want error
	}{
		{ipvs.Op{Verb: ipvs.AddService, Service: &svc}, syscall.EEXIST},
		{ipvs.Op{Verb: ipvs.EditService, Service: &nowhere}, syscall.ESRCH},
		{ipvs.Op{Verb: ipvs.DelService, Service: &nowhere}, syscall.ESRCH},
		{ipvs.Op{Verb: ipvs.AddDest, Service: &nowhere, Dest: &d}, syscall.ESRCH},
		{ipvs.Op{Verb: ipvs.AddDest, Service: &svc, Dest: &d}, syscall.EEXIST},
		{ipvs.Op{Verb: ipvs.EditDest, Service: &svc, Dest: &other}, syscall.ENOENT},
		{ipvs.Op{Verb: ipvs.DelDest, Service: &svc, Dest: &other}, syscall.ENOENT},
	}
	fake := ipvsfake.New(table)
	for _, tt := range tests {
		if err := fake.Apply([]ipvs.Op{tt.op})[0]; !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.op, err, tt.want)
		}
	}
	if diff := cmp.Diff(table.String(), fake.String()); diff != "" {
		t.Errorf("refused ops changed the table (-want +got):\n%s", diff)
	}
}
