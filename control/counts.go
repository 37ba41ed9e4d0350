// SPDX-License-Identifier: Apache-2.0

package control

import "sync/atomic"

// counts are what the server counts of itself.
type counts struct {
	requests  atomic.Int64
	refused   atomic.Int64 // by who asked
	actions   atomic.Int64
	listeners atomic.Int64 // now
	pages     atomic.Int64 // that listen now
	dropped   atomic.Int64 // listeners that did not read
}
