// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"net/netip"
	"time"
)

// Advert is what an accepted packet says.
type Advert struct {
	From     netip.Addr
	Priority uint8         // 0: the master leaves
	Interval time.Duration // of the sender: v2 whole seconds, v3 centiseconds
}
