// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"vipward/conf"
	"vipward/vrrp/election"
)

// params is the part of the configuration that decides the election.
func params(c *conf.Instance) election.Params {
	return election.Params{
		Name: c.Name, VRID: c.VRID, Version: c.Version, Priority: c.Priority,
		AdvertInt: c.AdvertInt, NoPreempt: c.NoPreempt, PreemptDelay: c.PreemptDelay,
		DownTimerAdverts: c.DownTimerAdverts, Unicast: c.Unicast(),
		HigherPrioSendAdvert: c.HigherPrioSendAdvert, LowerPrioNoAdvert: c.LowerPrioNoAdvert,
		TimerExpiredBackup: uint8(c.TimerExpiredBackup),
		Announce: election.AnnounceParams{
			Delay: c.GARP.MasterDelay, Repeat: c.GARP.MasterRepeat,
			Refresh: c.GARP.MasterRefresh, RefreshRepeat: c.GARP.MasterRefreshRepeat,
			LowerDelay: c.GARP.LowerPrioDelay, LowerRepeat: c.GARP.LowerPrioRepeat,
		},
	}
}
