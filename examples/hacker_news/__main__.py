"""The whole pipeline in one process: ``python -m examples.hacker_news``."""

from examples.hacker_news import defs, warehouse
from sensors_app import DagsterInstance, build_sensor_context


class Pipeline:
    """Evaluates sensors and runs what they ask for, as workers do."""

    def __init__(self):
        self.instance = DagsterInstance.ephemeral()
        self.cursors = {}

    def tick(self, name):
        """Evaluate a sensor where it left off; run what it asks for; return its tick."""
        sensor = defs.get_sensor_def(name)
        context = build_sensor_context(
            instance=self.instance, cursor=self.cursors.get(name), resources=defs.resources
        )
        with context:
            data = sensor.evaluate_tick(context)
        self.cursors[name] = data.cursor
        for request in data.run_requests:
            job = defs.get_job_def(request.job_name or sensor.job_name)
            job.execute_in_process(
                request.run_config, self.instance, tags=request.tags, raise_on_error=False
            )
        return data


if __name__ == "__main__":
    pipeline = Pipeline()
    pipeline.tick("failure_sensor")  # takes up its position: earlier failures are not its business
    for name in ("new_items_sensor", "stories_sensor", "failure_sensor"):
        print(name, "asked for", len(pipeline.tick(name).run_requests), "runs")
    print("The front page:", *warehouse.read("front_page"), sep="\n  ")
