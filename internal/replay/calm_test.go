// SPDX-License-Identifier: Apache-2.0

package replay

import "time"

// waitForCalm waits until the machine keeps up: until a short sleep is hardly longer than it
// should be, several times in a row. It does not wait long, and then one case more must do.
func waitForCalm() {
	const (
		nap    = 10 * time.Millisecond
		late   = 20 * time.Millisecond
		enough = 10 // naps
		limit  = 1500 * time.Millisecond
	)
	for began, calm := time.Now(), 0; calm < enough && time.Since(began) < limit; calm++ {
		before := time.Now()
		time.Sleep(nap)
		if time.Since(before) > nap+late {
			calm = 0
		}
	}
}
