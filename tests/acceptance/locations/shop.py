"""A Celery app that is none of ours, but for the line by which it is watched."""

import os
import time

from celery import Celery

from sensors_app.integrations.celery import watch_tasks

app = Celery("shop", broker=os.environ["SHOP_BROKER"])
app.conf.task_ignore_result = True
watch_tasks(app, location="shop", queued=True)


@app.task
def charge(amount):
    return amount


@app.task
def refuse():
    raise ValueError("card refused")


@app.task(bind=True, max_retries=3)
def stumble(self):
    if self.request.retries < 2:
        raise self.retry(countdown=0)


@app.task
def sleep(seconds):
    time.sleep(seconds)


@app.task(time_limit=1)
def hang():
    time.sleep(600)


@app.task
def die():
    os._exit(3)
