// SPDX-License-Identifier: Apache-2.0

package vrrp

import "vipward/vrrp/track"

// device is a tracked interface.
type device struct {
	name string
	up   func(dev string) bool
}

func (d *device) state() track.Tracker { return track.Up(d.up(d.name)) }

func (d *device) reason(_ watch, instance string) string { return track.LinkReason(instance, d.name) }
