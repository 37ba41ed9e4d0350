// SPDX-License-Identifier: Apache-2.0

package netif

import "testing"

// Each way that the driver of a veth has sees the carrier come and go.
func TestLinkbeat(t *testing.T) {
	namespace(t)
	b, err := OpenLinkbeat()
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for _, method := range []string{BeatEthtool, BeatFlags} {
		says := func(want bool) {
			t.Helper()
			eventually(t, method+" says so", func() bool {
				up, err := b.Up("a", method)
				if err != nil {
					t.Fatal(err)
				}
				return up == want
			})
		}
		says(true)
		ip(t, "link set dev b down")
		says(false)
		ip(t, "link set dev b up")
		says(true)
		ip(t, "link set dev a down")
		says(false)
		ip(t, "link set dev a up")
	}
}

func TestLinkbeatMethod(t *testing.T) {
	namespace(t)
	b, err := OpenLinkbeat()
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for _, tt := range []struct{ link, asked, want string }{
		{"a", BeatEthtool, BeatEthtool},
		{"a", BeatFlags, BeatFlags},
		{"a", BeatMII, BeatEthtool}, // a veth has no PHY
		{"a", "", BeatEthtool},
		{"none", "", ""},
		{"a-name-that-is-too-long", BeatFlags, ""},
	} {
		if got := b.Method(tt.link, tt.asked); got != tt.want {
			t.Errorf("%s asked %q: %q, want %q", tt.link, tt.asked, got, tt.want)
		}
	}
	ip(t, "link set dev a down")
	if got := b.Method("a", BeatMII); got != BeatEthtool {
		t.Errorf("while it is down: %q", got)
	}
	ip(t, "link set dev a up")
	if up, err := b.Up("a", BeatMII); err == nil {
		t.Errorf("a veth without a PHY is %v", up)
	}
}
