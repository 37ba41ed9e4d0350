// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// vrrpDrafts are the drafts that the blocks of the vrrp and bfd processes fill.
func vrrpDrafts() map[string]reflect.Type {
	return map[string]reflect.Type{
		"":                        reflect.TypeFor[draft](),
		"vrrp_instance.auth_hmac": reflect.TypeFor[AuthHMAC](),
		"vrrp_sync_group":         reflect.TypeFor[groupSync](),
		"track_group":             reflect.TypeFor[TrackGroup](),
		"garp_group":              reflect.TypeFor[garpGroupDraft](),
		"track_file":              reflect.TypeFor[TrackedFile](),
		"vrrp_track_file":         reflect.TypeFor[TrackedFile](),
		"vrrp_track_process":      reflect.TypeFor[TrackedProcess](),
		"bfd_instance":            reflect.TypeFor[bfdDraft](),
	}
}

// hmacKeyText is a key of 32 bytes.
const hmacKeyText = "0123456789abcdef0123456789abcdef"

// inVRRP gives what stands before and behind a line of a block.
func inVRRP(name string) (before, after string) {
	two := instanceText() + strings.NewReplacer("VI", "VI2", "51", "52").Replace(instanceText())
	switch name {
	case "vrrp_instance.auth_hmac":
		return strings.TrimSuffix(instanceText("auth_hmac {\nkey 1 "+hmacKeyText+"\nactive_key 1"), "}\n"), "}\n}"
	case "vrrp_sync_group":
		return two + "vrrp_sync_group g {\ngroup {\nVI\nVI2\n}\n", "}"
	case "track_group":
		return instanceText() + "track_group g {\n", "}"
	case "garp_group":
		return "garp_group {\ngarp_interval 1\n", "}"
	case "track_file", "vrrp_track_file":
		return name + " f {\nfile /f\n", "}"
	case "vrrp_track_process":
		return "vrrp_track_process p {\nprocess p\n", "}"
	case "bfd_instance":
		return "bfd_instance b {\nneighbor_ip 10.0.0.9\n", "}"
	default:
		return "", ""
	}
}

// keywordTable lists every keyword that keepalived registers. It is no part of this
// repository.
const keywordTable = "../../shared/reference/keywords.tsv"

// TestEveryKeyword: the tables hold every row of the list, where there is one.
func TestEveryKeyword(t *testing.T) {
	t.Parallel()
	f, err := os.Open(keywordTable)
	if errors.Is(err, fs.ErrNotExist) {
		t.Logf("no list of keywords at %s: nothing to compare", keywordTable)
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
	rows := 0
	for s := bufio.NewScanner(f); s.Scan(); {
		row := strings.Split(s.Text(), "\t")
		if len(row) < 6 || strings.HasPrefix(row[0], "#") || row[0] == "block" {
			continue
		}
		rows++
		b := blocks[strings.TrimPrefix(row[0], "(top)")]
		if b == nil {
			t.Errorf("no block %s", row[0])
			continue
		}
		if k := b.find(row[1]); k == nil || k.status == later {
			t.Errorf("%s %s is not in the tables", row[0], row[1])
		}
	}
	if rows < 531 {
		t.Errorf("only %d rows", rows)
	}
}

// TestNoRowTwice: a word means one thing in a block.
func TestNoRowTwice(t *testing.T) {
	t.Parallel()
	for _, b := range tables() {
		words := b.words()
		slices.Sort(words)
		for i := 1; i < len(words); i++ {
			if words[i] == words[i-1] {
				t.Errorf("%s %s is in the table twice", b.name, words[i])
			}
		}
	}
}
