// SPDX-License-Identifier: Apache-2.0

package conf

import "testing"

func TestDistance(t *testing.T) {
	t.Parallel()
	tests := []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"priority", "priority", 0},
		{"priorty", "priority", 1},
		{"prioritty", "priority", 1},
		{"pirority", "priority", 1}, // two letters exchanged
		{"prioriti", "priority", 1},
		{"intreface", "interface", 1},
		{"inetrfcae", "interface", 2},
		{"abc", "xyz", 3},
		{"abc", "abcdefgh", 4}, // the limit
		{"", "abc", 3},
	}
	for _, tt := range tests {
		if got := distance(tt.a, tt.b, 4); got != tt.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
		if got := distance(tt.b, tt.a, 4); got != tt.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tt.b, tt.a, got, tt.want)
		}
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	known := []string{"state", "interface", "priority", "preempt", "nopreempt", "preempt_delay"}
	tests := []struct{ word, want string }{
		{"priorty", "priority"},
		{"interfac", "interface"},
		{"nopremept", "nopreempt"},
		{"preempt_dely", "preempt_delay"},
		{"stat", "state"},
		{"xy", ""},
		{"completely_different", ""},
		{"", ""},
	}
	for _, tt := range tests {
		if got, _ := Nearest(tt.word, known); got != tt.want {
			t.Errorf("Nearest(%q) = %q, want %q", tt.word, got, tt.want)
		}
	}
}

// TestAdvice checks what is said of words that a block does not know.
func TestAdvice(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"misspelt here", instanceText("priorty 5"), "did you mean priority?"},
		{"near here before exact elsewhere", instanceText("notify_mastr /bin/x"), "did you mean notify_master?"},
		{"of another block", instanceText("lb_algo rr"), "lb_algo belongs in virtual_server"},
		{"of an inner block", instanceText("auth_pass secret"), "auth_pass belongs in authentication"},
		{"of the outer block", serverText("protocol TCP"), "protocol belongs in virtual_server"},
		{"misspelt from another block", instanceText("persistnce_timeout 5"), "did you mean persistence_timeout, which belongs in virtual_server?"},
		{"at the top", "vrrp_instnce X {\n}", "did you mean vrrp_instance?"},
		{"like nothing", instanceText("zzzzzzzz 5"), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := loadText(tt.text)
			if len(l.Diagnostics) != 1 {
				t.Fatalf("want one diagnostic, have %v", said(l.Diagnostics))
			}
			diff(t, "code", "unknown-keyword", l.Diagnostics[0].Code)
			diff(t, "hint", tt.want, l.Diagnostics[0].Hint)
		})
	}
}
