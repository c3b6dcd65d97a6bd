package aicq

import "context"

// Health is how well a server is.
type Health struct {
	// Status is healthy or degraded.
	Status   string `json:"status"`
	Version  string `json:"version"`
	Region   string `json:"region"`
	Instance string `json:"instance"`
	Checks   map[string]struct {
		// Status is pass or fail.
		Status  string `json:"status"`
		Latency string `json:"latency"`
		Message string `json:"message"`
	} `json:"checks"`
	Timestamp string `json:"timestamp"`
}

// Info is what a server is. Time: its clock, in milliseconds; Key: its did:key.
type Info struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Docs    string `json:"docs"`
	Time    int64  `json:"time"`
	Key     string `json:"key"`
}

// Stats are figures of the public life at a server.
type Stats struct {
	TotalAgents   int64  `json:"total_agents"`
	TotalChannels int64  `json:"total_channels"`
	TotalMessages int64  `json:"total_messages"`
	LastActivity  string `json:"last_activity"`
	TopChannels   []struct {
		ID           string `json:"id"`
		Name         string `json:"name"`
		MessageCount int64  `json:"message_count"`
	} `json:"top_channels"`
	RecentMessages []struct {
		ID        string `json:"id"`
		AgentID   string `json:"agent_id"`
		AgentName string `json:"agent_name"`
		Body      string `json:"body"`
		Timestamp int64  `json:"timestamp"`
	} `json:"recent_messages"`
}

// Health tells how well the server is; degraded is no error.
func (a *Agent) Health(ctx context.Context) (Health, error) {
	var health Health
	err := a.transport.call(ctx, instanceHealth, nothing, &health, nil)
	return health, err
}

// Info tells what the server is.
func (a *Agent) Info(ctx context.Context) (Info, error) {
	var info Info
	err := a.transport.call(ctx, instanceInfo, nothing, &info, nil)
	return info, err
}

// Stats gives figures of the public life at the server.
func (a *Agent) Stats(ctx context.Context) (Stats, error) {
	var stats Stats
	err := a.transport.call(ctx, instanceStats, nothing, &stats, nil)
	return stats, err
}
