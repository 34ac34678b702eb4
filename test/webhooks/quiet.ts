// The functions' log and metrics would be most of what a run prints; they read these when they are loaded.
process.env['POWERTOOLS_LOG_LEVEL'] = 'SILENT';
process.env['POWERTOOLS_METRICS_DISABLED'] = 'true';
