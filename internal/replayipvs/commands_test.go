// SPDX-License-Identifier: Apache-2.0

package replayipvs

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOrders(t *testing.T) {
	t.Parallel()
	const vs = "tcp [10.9.0.1]:80"
	lines := []string{
		"GET_INFO",
		"NEW_SERVICE " + vs + " sched rr flags 0/ffffffff timeout 0 netmask ffffffff",
		"NEW_SERVICE " + vs, // it is there
		"NEW_DEST " + vs + " dest [127.0.0.11]:80 fwd 0 weight 1 ut 7",
		"NEW_DEST " + vs + " dest [127.0.0.12]:80 fwd 0 weight 1",
		"DEL_DEST " + vs + " dest [127.0.0.13]:80", // it is not
		"DEL_DEST " + vs + " dest [127.0.0.11]:80",
		"NEW_DEST " + vs + " dest [127.0.0.99]:80 fwd 0 weight 1",
		"DEL_SERVICE " + vs,
		"DEL_DEST " + vs + " dest [127.0.0.12]:80", // it left with its service
	}
	want := []string{
		vs + " [127.0.0.11]:80 > NEW_SERVICE " + vs,
		vs + " [127.0.0.11]:80 > NEW_DEST " + vs + " dest [127.0.0.11]:80 fwd 0 weight 1",
		vs + " [127.0.0.11]:80 > DEL_SERVICE " + vs,
		vs + " [127.0.0.12]:80 > NEW_SERVICE " + vs,
		vs + " [127.0.0.12]:80 > NEW_DEST " + vs + " dest [127.0.0.12]:80 fwd 0 weight 1",
		vs + " [127.0.0.12]:80 > DEL_SERVICE " + vs,
		vs + " [127.0.0.99]:80 > NEW_SERVICE " + vs,
		vs + " [127.0.0.99]:80 > NEW_DEST " + vs + " dest [127.0.0.99]:80 fwd 0 weight 1",
		vs + " [127.0.0.99]:80 > DEL_SERVICE " + vs,
	}
	got := Orders(lines)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("orders (-want +got)\n%s", diff)
	}
	if s := serverOf(got[0]); s != vs+" [127.0.0.11]:80" {
		t.Errorf("server %q", s)
	}
}

func TestGaps(t *testing.T) {
	t.Parallel()
	const vs = "tcp [10.9.0.1]:80"
	rs, sorry := vs+" dest [127.0.0.11]:80", vs+" dest [127.0.0.99]:80"
	late := []string{"NEW_SERVICE " + vs, "NEW_DEST " + rs, "NEW_DEST " + sorry, "DEL_DEST " + sorry, "DEL_DEST " + rs, "NEW_DEST " + sorry, "DEL_DEST " + sorry, "DEL_SERVICE " + vs}
	if diff := cmp.Diff([]string{"gap: DEL_DEST " + rs}, Gaps(late)); diff != "" {
		t.Errorf("a sorry server that comes late (-want +got)\n%s", diff)
	}
	good := []string{"NEW_SERVICE " + vs, "NEW_DEST " + rs, "NEW_DEST " + sorry, "DEL_DEST " + rs, "NEW_DEST " + rs, "DEL_DEST " + sorry, "DEL_SERVICE " + vs}
	if got := Gaps(good); got != nil {
		t.Errorf("gaps %q", got)
	}
	none := []string{"NEW_SERVICE " + vs, "NEW_DEST " + rs, "DEL_DEST " + rs, "NEW_DEST " + rs}
	if got := Gaps(none); got != nil {
		t.Errorf("gaps of a pool without a sorry server %q", got)
	}
}
