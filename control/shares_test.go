// SPDX-License-Identifier: Apache-2.0

package control

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestOwnerOf(t *testing.T) {
	t.Parallel()
	for remote, want := range map[string]string{
		"192.0.2.1:5": "192.0.2.1/32", "[::ffff:192.0.2.1]:5": "192.0.2.1/32", "[2001:db8::1:2:3:4]:5": "2001:db8::/64", "[fe80::1%eth0]:5": "fe80::/64", "": "",
	} {
		who, ok := ownerOf(from(remote))
		if ok != (want != "") || ok && who.String() != want {
			t.Errorf("%q: %v, %v, want %q", remote, who, ok, want)
		}
	}
	if _, ok := ownerOf(httptest.NewRequest(http.MethodGet, "/events", nil)); ok {
		t.Error("a peer that is not known has an address")
	}
}

// TestShares: one address has so many and no more, others have theirs, and who leaves makes
// room and takes none.
func TestShares(t *testing.T) {
	t.Parallel()
	var s shares
	one, _ := ownerOf(from("192.0.2.1:1"))
	other, _ := ownerOf(from("192.0.2.2:1"))
	first, ok := s.take(one, 2)
	second, ok2 := s.take(one, 2)
	if !ok || !ok2 {
		t.Fatal("no room for two")
	}
	if _, ok := s.take(one, 2); ok {
		t.Error("room for a third")
	}
	third, ok := s.take(other, 2)
	if !ok {
		t.Fatal("no room for another address")
	}
	first()
	if first, ok = s.take(one, 2); !ok {
		t.Fatal("no room where one has left")
	}
	first()
	second()
	third()
	if len(s.held) != 0 {
		t.Errorf("%v are held", s.held)
	}
}

func from(remote string) *http.Request {
	q := httptest.NewRequest(http.MethodGet, "/events", nil)
	return q.WithContext(context.WithValue(q.Context(), peerKey{}, Peer{Remote: remote}))
}

// TestPagesOfOneAddress: one address cannot take all streams of the page.
func TestPagesOfOneAddress(t *testing.T) {
	t.Parallel()
	v := newViewer(t, example(), func(s *Server) { s.limits.pagesEach = 2 })
	for range 2 {
		resp, err := v.client.Get("http://" + v.at + "/events?since=0")
		must(t, err)
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Fatal(resp.Status)
		}
	}
	if code, body := v.get(t, "GET", "/events"); code != http.StatusServiceUnavailable {
		t.Errorf("one more: %d %s", code, body)
	}
	if n := v.server.counts.pages.Load(); n != 2 {
		t.Errorf("%d streams", n)
	}
}
