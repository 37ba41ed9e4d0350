// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"time"

	"vipward/conf"
	"vipward/netif"
)

// debounce gives the delays of changes of links, and what is to be said of them. A router
// that believes in its link for longer than the others wait for its adverts would return as
// a second master, so that the instances limit the delays of their interfaces.
func debounce(cfg *conf.Config) (delays map[string]netif.LinkDelay, lines []string) {
	delays = map[string]netif.LinkDelay{}
	for _, d := range cfg.LinkDelays {
		delays[d.Interface] = netif.LinkDelay{Down: d.Down, Up: d.Up}
	}
	for _, c := range cfg.Instances {
		d, ok := delays[c.Interface]
		limit := longestDelay(c)
		if !ok || d.Down <= limit && d.Up <= limit {
			continue
		}
		lines = append(lines, debounceLine(c.Name, c.Interface, c.DownTimerAdverts-1))
		delays[c.Interface] = netif.LinkDelay{Down: min(d.Down, limit), Up: min(d.Up, limit)}
	}
	return delays, lines
}

// longestDelay is a little less than the time after which the others take over.
func longestDelay(c *conf.Instance) time.Duration {
	if c.DownTimerAdverts <= 1 {
		return 0
	}
	return time.Duration(c.DownTimerAdverts-1)*c.AdvertInt - (c.AdvertInt / 256).Truncate(time.Microsecond)
}
