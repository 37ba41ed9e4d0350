// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"slices"
	"testing"
)

func TestLintSyncDaemon(t *testing.T) {
	t.Parallel()
	const mixed = "virtual_server 10.0.0.9 80 {\nprotocol TCP\nlvs_method TUN\nreal_server fd00::1 80 {\n}\n}\n"
	const plain = "virtual_server 10.0.0.9 80 {\nprotocol TCP\nlvs_method TUN\nreal_server 10.0.0.1 80 {\n}\n}\n"
	const both = "virtual_server_group G {\n10.0.0.9 80\nfd00::9 80\n}\n" +
		"virtual_server group G {\nprotocol TCP\nlvs_method TUN\nreal_server 10.0.0.1 80 {\n}\n}\n"
	daemon := func(line string) string { return "global_defs {\nlvs_sync_daemon " + line + "\n}\n" }
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"no daemon", mixed + both, nil},
		{"a daemon and one family", daemon("d0") + plain, nil},
		{"a daemon and both families", daemon("d0") + mixed, []string{"lint-sync-mixed"}},
		{"a daemon and a group of both", daemon("d0") + both, []string{"lint-sync-mixed"}},
		{"a daemon of an instance and both families", daemon("d0 inst VI") + instanceText() + mixed, []string{"lint-sync-mixed"}},
		{"a daemon of an instance", daemon("d0 inst VI") + instanceText(), nil},
		{"a daemon of no instance", daemon("d0 inst NOPE") + instanceText() + mixed, []string{"lint-sync-instance"}},
	} {
		var got []string
		for _, c := range lintCodes(Lint(loadText(tt.text).Config)) {
			if c == "lint-sync-mixed" || c == "lint-sync-instance" {
				got = append(got, c)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
