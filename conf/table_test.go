// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"bufio"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestRows checks that every row is whole and fits its setter.
func TestRows(t *testing.T) {
	t.Parallel()
	drafts := map[string]reflect.Type{
		"global_defs":                  reflect.TypeFor[globalDraft](),
		"vrrp_script":                  reflect.TypeFor[scriptDraft](),
		"vrrp_instance":                reflect.TypeFor[instanceDraft](),
		"vrrp_instance.authentication": reflect.TypeFor[instanceDraft](),
	}
	maps.Copy(drafts, serverDrafts())
	maps.Copy(drafts, vrrpDrafts())
	for _, b := range tables() {
		for _, k := range b.rows {
			if k.status == later {
				continue
			}
			where := b.name + " " + k.name
			if k.doc == "" || k.since == "" {
				t.Errorf("%s: doc %q, since %q", where, k.doc, k.since)
			}
			if strings.HasSuffix(k.doc, ".") {
				t.Errorf("%s: the documentation is no sentence: %q", where, k.doc)
			}
			checkRow(t, where, k, drafts[b.name])
		}
	}
}

func checkRow(t *testing.T, where string, k keyword, draft reflect.Type) {
	t.Helper()
	switch {
	case k.sub != nil:
		if k.value.read != nil || k.set.call != nil || k.sub.enter == nil {
			t.Errorf("%s: a block has an enter and no value", where)
		}
	case k.status == ignored:
		if k.note == "" {
			t.Errorf("%s: ignored without saying why", where)
		}
	case k.value.read == nil || k.set.call == nil:
		t.Errorf("%s: no value or no setter", where)
	case k.set.wanted != k.value.out:
		t.Errorf("%s: reads %v, sets %v", where, k.value.out, k.set.wanted)
	case k.set.draft != draft:
		t.Errorf("%s: sets into %v, the block is %v", where, k.set.draft, draft)
	case k.instead != nil && reflect.TypeOf(k.instead) != k.value.out:
		t.Errorf("%s: %T stands in for %v", where, k.instead, k.value.out)
	case k.value.lo > k.value.hi:
		t.Errorf("%s: range %v to %v", where, k.value.lo, k.value.hi)
	}
}

func TestWordsAreUnique(t *testing.T) {
	t.Parallel()
	for _, b := range tables() {
		words := b.words()
		slices.Sort(words)
		for i := 1; i < len(words); i++ {
			if words[i] == words[i-1] {
				t.Errorf("%s knows %s twice", b.where(), words[i])
			}
		}
	}
}

// TestAllKeywordsAreKnown compares the tables with a list of the words of
// keepalived, where there is one: each works, is ignored with a reason, or is
// known to be missing. Nothing is taken for a misspelling.
func TestAllKeywordsAreKnown(t *testing.T) {
	t.Parallel()
	const list = "../../shared/reference/keywords.tsv"
	f, err := os.Open(list)
	if os.IsNotExist(err) {
		t.Logf("%s is not here: not compared", list)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	blocks := map[string]*block{}
	for _, b := range tables() {
		blocks[b.name] = b
	}
	blocks["(top)"] = blocks[""]
	words := 0
	for s := bufio.NewScanner(f); s.Scan(); {
		row := strings.Split(s.Text(), "\t")
		b := blocks[row[0]]
		if strings.HasPrefix(row[0], "#") || b == nil || len(row) < 2 {
			continue
		}
		words++
		if b.find(row[1]) == nil {
			t.Errorf("%s does not know %s", row[0], row[1])
		}
	}
	if words < 250 {
		t.Errorf("only %d words compared", words)
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"priority": "NUMBER 1-255", "advert_int": "SECONDS 0.01-255", "state": "MASTER or BACKUP",
		"authentication": "block", "nopreempt": "-", "smtp_alert": "[BOOL]", "notify": "SCRIPT [USER [GROUP]]",
	} {
		if got := instanceBlock.find(word).usage(); got != want {
			t.Errorf("usage of %s: %q, want %q", word, got, want)
		}
	}
}

func TestAliases(t *testing.T) {
	t.Parallel()
	for alias, name := range map[string]string{"lb_algo": "lvs_sched", "lb_kind": "lvs_method"} {
		k := serverBlock.find(alias)
		if k == nil || k.name != name {
			t.Errorf("%s is not known as %s", alias, name)
		}
	}
}
