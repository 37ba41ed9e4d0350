// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"context"
	"errors"
	"sync"

	"vipward/ipvs"
)

// counters reads the counters of the kernel beside the loop, by a socket of its own: of a
// large table they take long.
type counters struct {
	open func() (ipvs.Kernel, error)

	mu     sync.Mutex // guards what follows: one reads at a time
	kernel ipvs.Kernel
}

// counted is what was counted, for whoever asked.
type counted struct {
	stats []ipvs.ServiceStats
	err   error
	reply chan<- View
}

// read gives the counters of all services.
func (c *counters) read() ([]ipvs.ServiceStats, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kernel == nil {
		k, err := c.open()
		if err != nil {
			return nil, err
		}
		c.kernel = k
	}
	stats, err := c.kernel.Stats()
	if err != nil {
		err = errors.Join(err, c.kernel.Close()) // the next time begins with a new socket
		c.kernel = nil
	}
	return stats, err
}

// close releases the socket.
func (c *counters) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kernel == nil {
		return nil
	}
	return c.kernel.Close()
}

// reply answers with the view, when the counters have been read. There are none while the
// kernel's table is not in use.
func (c *child) reply(ctx context.Context, to chan<- View) {
	if c.table.kernel == nil {
		to <- c.view(counted{})
		return
	}
	c.probes.Go(func() error {
		n := counted{reply: to}
		n.stats, n.err = c.counters.read()
		select {
		case c.countedC <- n:
		case <-ctx.Done():
		}
		return nil
	})
}
