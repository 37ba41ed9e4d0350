// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"testing"
	"time"
)

// TestStrict: strict mode corrects what does not go with it, and says so.
func TestStrict(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, lines string
		codes       []string
		ok          func(*Instance) bool
	}{
		{name: "alone", ok: func(i *Instance) bool {
			return i.Strict && !i.Accept && i.LowerPrioNoAdvert && i.GARP.LowerPrioRepeat == 0
		}},
		{name: "owner accepts", lines: "priority 255", ok: func(i *Instance) bool { return i.Accept && i.OwnerIgnoreAdverts }},
		{name: "state of an owner", lines: "state MASTER", codes: []string{"1:1 warning conflict"}, ok: func(i *Instance) bool { return i.WantState == "BACKUP" }},
		{name: "authentication", lines: "authentication {\nauth_type PASS\nauth_pass x\n}", codes: []string{"9:1 warning conflict"}, ok: func(i *Instance) bool { return i.AuthType == AuthNone }},
		{name: "preempt_delay", lines: "preempt_delay 5", codes: []string{"9:1 warning conflict"}, ok: func(i *Instance) bool { return i.PreemptDelay == 0 }},
		{name: "accept", lines: "accept", codes: []string{"1:1 warning conflict"}, ok: func(i *Instance) bool { return !i.Accept }},
		{name: "accept of version 3", lines: "accept\nversion 3", ok: func(i *Instance) bool { return i.Accept }},
		{name: "down timer", lines: "down_timer_adverts 4", codes: []string{"9:1 warning conflict"}, ok: func(i *Instance) bool { return i.DownTimerAdverts == 3 }},
		{name: "answers", lines: "lower_prio_no_advert off\nhigher_prio_send_advert", codes: []string{"9:1 warning conflict", "10:1 warning conflict"}, ok: func(i *Instance) bool {
			return i.LowerPrioNoAdvert && !i.HigherPrioSendAdvert
		}},
		{name: "announcements", lines: "garp_lower_prio_repeat 3", codes: []string{"1:1 warning conflict"}, ok: func(i *Instance) bool { return i.GARP.LowerPrioRepeat == 0 }},
		{name: "unicast", lines: "unicast_peer {\n10.0.0.2\n}", codes: []string{"9:1 warning conflict"}, ok: (*Instance).Unicast},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := loadText(instanceText("strict_mode", tt.lines))
			diff(t, "diagnostics", tt.codes, unplanned(l))
			if !tt.ok(l.Config.Instances[0]) {
				t.Errorf("%+v", l.Config.Instances[0])
			}
		})
	}
}

func TestHMAC(t *testing.T) {
	t.Parallel()
	const key = "key 1 " + hmacKeyText + "\nactive_key 1"
	block := func(lines string) string { return "auth_hmac {\n" + lines + "\n}" }
	tests := []struct {
		name, lines string
		codes       []string
		want        *AuthHMAC
	}{
		{name: "defaults", lines: block(key), want: &AuthHMAC{Active: 1, Window: 5 * time.Second, Mode: "enforce"}},
		{name: "window follows advert_int", lines: "advert_int 4\n" + block(key), want: &AuthHMAC{Active: 1, Window: 12 * time.Second, Mode: "enforce"}},
		{name: "all", lines: block(key + "\ntime_window 30\nanti_replay monotonic\nmode permissive"), want: &AuthHMAC{Active: 1, Window: 30 * time.Second, Mode: "permissive", Monotonic: true}},
		{name: "short key", lines: block("key 1 short\nactive_key 1"), codes: []string{"8:1 warning conflict", "9:7 error value"}},
		{name: "odd digits", lines: block("key 1 hex:abc\nactive_key 1"), codes: []string{"8:1 warning conflict", "9:7 error value"}},
		{name: "twice", lines: block(key + "\nkey 1 " + hmacKeyText), codes: []string{"11:1 error duplicate"}, want: &AuthHMAC{Active: 1, Window: 5 * time.Second, Mode: "enforce"}},
		{name: "no such key", lines: block("key 1 " + hmacKeyText + "\nactive_key 2"), codes: []string{"8:1 warning conflict"}},
		{name: "with a password", lines: block(key) + "\nauthentication {\nauth_type PASS\nauth_pass x\n}", codes: []string{"8:1 warning conflict"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := loadText(instanceText(tt.lines))
			diff(t, "diagnostics", tt.codes, unplanned(l))
			got := l.Config.Instances[0].HMAC
			if got != nil {
				diff(t, "keys", 1, len(got.Keys))
				got.Keys, got.Pos = nil, Pos{}
			}
			diff(t, "hmac", tt.want, got)
		})
	}
}
