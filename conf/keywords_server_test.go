// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"bufio"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// serverDrafts are the drafts of the blocks of virtual servers.
func serverDrafts() map[string]reflect.Type {
	out := map[string]reflect.Type{
		"SSL":                        reflect.TypeFor[SSL](),
		"virtual_server":             reflect.TypeFor[serverDraft](),
		"virtual_server.real_server": reflect.TypeFor[realDraft](),
	}
	for _, b := range tables() {
		switch {
		case strings.HasSuffix(b.name, ".url"):
			out[b.name] = reflect.TypeFor[urlDraft]()
		case strings.HasPrefix(b.name, "virtual_server.real_server."):
			out[b.name] = reflect.TypeFor[checkerDraft]()
		}
	}
	return out
}

// inServer gives what stands around a line in a block of virtual servers.
func inServer(name string) (before, after string) {
	if name == "SSL" {
		return "SSL {\n", "}"
	}
	head := "virtual_server 10.0.0.1 80 {\nprotocol TCP\nlb_algo rr\nlb_kind NAT\n"
	path := strings.Split(name, ".")
	if path[0] != "virtual_server" {
		return "", ""
	}
	if len(path) == 1 {
		return head + "sorry_server 10.0.0.9 80\nreal_server 10.0.0.2 80 {\nweight 5\n}\n", "}"
	}
	before = defined + head + "real_server 10.0.0.2 80 {\n"
	for _, word := range path[2:] {
		before += word + " {\n" + needed[word]
	}
	return before, strings.Repeat("}\n", len(path))
}

// needed is what a block cannot do without.
var needed = map[string]string{
	"HTTP_GET":   "url {\npath /\n}\n",
	"SSL_GET":    "url {\npath /\n}\n",
	"url":        "path /\n",
	"MISC_CHECK": "misc_path /bin/true\n",
	"FILE_CHECK": "track_file f\n",
	"BFD_CHECK":  "name b\n",
}

// TestServerKeywordsAreKnown compares the tables of virtual servers, their groups
// and checks with a list of the words of keepalived, where there is one. No block
// may be missing and no row may be left to a later version.
func TestServerKeywordsAreKnown(t *testing.T) {
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
	blocks := map[string]*block{"(top)": topBlock}
	for _, b := range tables() {
		blocks[b.name] = b
	}
	words := 0
	for s := bufio.NewScanner(f); s.Scan(); {
		row := strings.Split(s.Text(), "\t")
		if !isServerRow(row) {
			continue
		}
		words++
		switch b := blocks[row[0]]; {
		case b == nil:
			t.Errorf("there is no block %s", row[0])
		case b.find(row[1]) == nil:
			t.Errorf("%s does not know %s", row[0], row[1])
		case b.find(row[1]).status == later:
			t.Errorf("%s %s is not read", row[0], row[1])
		}
	}
	if words < 200 {
		t.Errorf("only %d words compared", words)
	}
}

func isServerRow(row []string) bool {
	if row[0] == "(top)" {
		return slices.Contains([]string{"SSL", "virtual_server", "virtual_server_group"}, row[1])
	}
	return len(row) > 1 && (row[0] == "SSL" || strings.HasPrefix(row[0], "virtual_server"))
}
