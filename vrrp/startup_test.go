// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"strings"
	"testing"
	"time"

	"vipward/conf"
)

func TestStartDelay(t *testing.T) {
	t.Parallel()
	const s = time.Second
	tests := []struct {
		name                    string
		start, boot, up, expect time.Duration
	}{
		{name: "none", up: 5 * s},
		{name: "from the start", start: 3 * s, up: 5 * s, expect: 3 * s},
		{name: "after boot", boot: 20 * s, up: 5 * s, expect: 15 * s},
		{name: "long after boot", boot: 20 * s, up: 90 * s},
		{name: "the longer one", start: 3 * s, boot: 20 * s, up: 5 * s, expect: 15 * s},
		{name: "the longer one is that of the start", start: 16 * s, boot: 20 * s, up: 5 * s, expect: 16 * s},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := conf.GlobalVRRP{StartupDelay: tt.start, DelayAfterBoot: tt.boot}
			if got := startDelay(g, tt.up); got != tt.expect {
				t.Errorf("got %v, want %v", got, tt.expect)
			}
		})
	}
	if uptime() <= 0 {
		t.Errorf("uptime = %v", uptime())
	}
}

// TestChildDelaysItsStart: adverts are not heard and nobody becomes master before the delay
// is over; then the ordinary wait begins.
func TestChildDelaysItsStart(t *testing.T) {
	t.Parallel()
	cfg := oneInstance(testInstance(100))
	cfg.Global.VRRP.StartupDelay = 200 * time.Millisecond
	c := startChild(t, cfg, &memStore{})
	c.port.deliver(peerAdvert(t, 50))
	c.eventually("the end of the delay", c.logged("Delayed start completed"))
	c.eventually("the VIP", c.holds("10.0.0.100/24"))
	c.eventually("the line behind it", c.logged("Entering MASTER STATE"))
	log := c.log.String()
	order := []string{"Delaying startup for 0.2 seconds", "Entering BACKUP STATE (init)", "Delayed start completed", "Entering MASTER STATE"}
	for i, at := 0, 0; i < len(order); i++ {
		n := strings.Index(log[at:], order[i])
		if n < 0 {
			t.Fatalf("%q is missing or too early in:\n%s", order[i], log)
		}
		at += n
	}
	if strings.Contains(log, "discarding") {
		t.Errorf("an advert was heard during the delay:\n%s", log)
	}
}

// TestSuccessorDoesNotDelay: a process that takes over from a crashed one starts at once.
func TestSuccessorDoesNotDelay(t *testing.T) {
	t.Parallel()
	cfg := oneInstance(testInstance(100))
	cfg.Global.VRRP.StartupDelay = time.Hour
	store := &memStore{b: []byte(`{"instances":{"` + instanceKey(testInstance(100)) + `":{"state":2}}}`)}
	c := startChild(t, cfg, store)
	c.eventually("an advert", func() bool { return len(c.port.adverts()) > 1 })
	if c.logged("Delaying")() {
		t.Errorf("the start was delayed:\n%s", c.log)
	}
}
